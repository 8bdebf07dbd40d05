import { MokusError } from '@mokus/core';

/** What a runtime threw, as MokusError `backend` that says what was done; a MokusError stays what it is. */
export function backendError(backend: string, what: string, cause: unknown): MokusError {
  if (MokusError.isInstance(cause)) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  const message = `${what} on backend ${backend}: ${why || 'failed without a message'}`;
  return new MokusError('backend', message, { backend, cause });
}
