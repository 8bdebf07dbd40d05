/** By which rules a request over HTTP is made again, for whoever asks a server: the hub's readers here, and bench's judge. */

/** Whether a status is of a trouble that passes: a request that took too long, too many of them, the server's own. */
export function mayPassLater(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/** The pause in seconds after the attempt of this number, counted from 0: 0.25, 0.5, 1, ... 16. */
export function backoffSeconds(attempt: number): number {
  return 0.25 * 2 ** Math.min(attempt, 6);
}

/** `Retry-After` in whole seconds; it is given in seconds or as a date. Undefined where there is none that makes sense. */
export function retryAfterSeconds(response: Response): number | undefined {
  const value = response.headers.get('retry-after')?.trim();
  if (!value) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - Date.now()) / 1000));
}

/** Resolves after the time, or as soon as the signal fires: the caller looks which. */
export function pause(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, seconds * 1000);
    signal?.addEventListener('abort', end);
    if (signal?.aborted) end();
  });
}

/** A body as text; of a longer one than `maxBytes` the beginning, and the rest is not read. Rejects as the body does. */
export async function boundedText(
  response: Response,
  maxBytes: number,
): Promise<{ readonly text: string; readonly isCut: boolean }> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  // Leaving the loop cancels what was not read.
  for await (const chunk of response.body ?? []) {
    const room = maxBytes - bytes;
    bytes += chunk.byteLength;
    text += decoder.decode(chunk.subarray(0, room), { stream: true });
    if (bytes > maxBytes) return { text, isCut: true };
  }
  return { text: text + decoder.decode(), isCut: false };
}
