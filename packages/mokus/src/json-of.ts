import type { Json } from '@mokus/core';

/** A value as JSON keeps it: functions and what is undefined are left out. */
export function jsonOf(value: object): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}
