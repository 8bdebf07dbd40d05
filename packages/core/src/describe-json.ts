import { quoteName } from '@mokus/safetensors';
import type { Json } from './edit.js';

/** Longest text and longest list that a message shows. */
const maxText = 100;
const maxList = 8;

/** A JSON value for a message: short, however large or deep it is, and with nothing in it that a terminal obeys. */
export function describeJson(value: Json | undefined): string {
  if (Array.isArray(value)) {
    const isShort = value.length <= maxList && value.every((each) => typeof each !== 'object' || each === null);
    return isShort ? `[${value.map(describeJson).join(',')}]` : `a list of ${value.length}`;
  }
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return String(value);
  return value.length > maxText ? `${quoteName(value.slice(0, maxText))}…` : quoteName(value);
}
