import { presets, type UltraEditSettings } from '@mokus/editors';

/**
 * UltraEdit for many facts on the embedded model: a strong ridge, small steps, many turns, which a small model needs to hold
 * many facts at once.
 */
export const strongSettings: UltraEditSettings = {
  ...presets.ultraEdit['emoji-world'],
  mu: 1000,
  nu: 0,
  eta: 0.03,
  maxTurns: 60,
};
