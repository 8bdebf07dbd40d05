import { describe, expect, it } from 'vitest';
import { backoffSeconds, boundedText, mayPassLater, pause, retryAfterSeconds } from '../../src/index.js';

describe('a request is made again', () => {
  it('after 408, 429 and every 5xx, and after nothing else', () => {
    expect([408, 429, 500, 502, 503, 504, 529].every(mayPassLater)).toBe(true);
    expect([200, 304, 400, 401, 404, 409, 412].some(mayPassLater)).toBe(false);
  });

  it('after pauses that double up to 16 s', () => {
    expect([0, 1, 2, 6, 7, 100].map(backoffSeconds)).toEqual([0.25, 0.5, 1, 16, 16, 16]);
  });

  it('after what the server asks for, in seconds or until a date', () => {
    const asked = (value: string): number | undefined =>
      retryAfterSeconds(new Response('', { headers: { 'retry-after': value } }));
    expect([asked('0'), asked(' 120 '), asked('soon'), asked('')]).toEqual([0, 120, undefined, undefined]);
    expect(asked(new Date(0).toUTCString())).toBe(0);
    // A date has whole seconds, so up to one is lost.
    const minute = asked(new Date(Date.now() + 60_000).toUTCString());
    expect(minute).toBeGreaterThan(50);
    expect(minute).toBeLessThanOrEqual(60);
    expect(retryAfterSeconds(new Response(''))).toBeUndefined();
  });

  it('not before a pause ends, which a signal ends at once', async () => {
    await pause(3600, AbortSignal.abort());
    const controller = new AbortController();
    const waiting = pause(3600, controller.signal);
    controller.abort();
    await waiting;
  }, 5_000);
});

describe('boundedText', () => {
  it('is the whole of a body that fits, a character over two pieces included', async () => {
    const bytes = new TextEncoder().encode('año');
    const body = new ReadableStream({
      start: (controller) => {
        controller.enqueue(bytes.subarray(0, 2));
        controller.enqueue(bytes.subarray(2));
        controller.close();
      },
    });
    expect(await boundedText(new Response(body), bytes.length)).toEqual({ text: 'año', isCut: false });
    expect(await boundedText(new Response(null, { status: 204 }), 0)).toEqual({ text: '', isCut: false });
  });

  it('is the beginning of one that does not, whose rest is not read', async () => {
    let cancelled = false;
    const body = new ReadableStream({
      pull: (controller) => controller.enqueue(new TextEncoder().encode('abcd')),
      cancel: () => {
        cancelled = true;
      },
    });
    expect(await boundedText(new Response(body), 10)).toEqual({ text: 'abcdabcdab', isCut: true });
    expect(cancelled).toBe(true);
  });
});
