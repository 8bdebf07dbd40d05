import { expect } from 'vitest';
import { GraphError, type GraphErrorCode } from '../../src/index.js';

/** Expects a GraphError of a code whose message holds every given part. */
export function expectGraphError(action: () => unknown, code: GraphErrorCode, ...parts: readonly string[]): void {
  let caught: unknown;
  try {
    action();
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(GraphError);
  if (!(caught instanceof GraphError)) return;
  expect(caught.code).toBe(code);
  for (const part of parts) expect(caught.message).toContain(part);
}
