import { MokusError, throwIfCancelled } from '@mokus/core';
import { protocolError } from './http-errors.js';
import { foreignText } from './http-token.js';
import type { HubRepository } from './repository.js';

/** Runs a call of @huggingface/hub over our own requests; what it makes of an answer may throw anything. */
export async function callLibrary<Result>(
  { id, endpoint, token, signal }: HubRepository,
  run: () => Promise<Result>,
): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (MokusError.isInstance(error)) throw error;
    throwIfCancelled(signal, `asking for ${id}`);
    const reason = foreignText(error instanceof Error ? error.message : String(error), token);
    throw protocolError(endpoint, `gave an answer that makes no sense (${reason}); is this a hub?`);
  }
}
