import { presets, type UltraEditSettings } from '@mokus/editors';

/**
 * UltraEdit for many facts on the embedded model, with a C over questions of every kind: a strong ridge, small steps, many
 * turns.
 */
export const strongSettings: UltraEditSettings = {
  ...presets.ultraEdit['emoji-world'],
  mu: 1000,
  nu: 0,
  eta: 0.03,
  maxTurns: 60,
};
