import { MokusError, type RawImage } from '@mokus/core';
import { encodePng, readImage } from 'mokus';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type VisionEndpointOptions, visionEndpoint, visionJudge } from '../../src/index.js';
import { type ChatServer, chatServer, type Reply, says, status } from '../support/chat-server.js';

const picture: RawImage = { width: 2, height: 1, data: new Uint8ClampedArray([255, 0, 0, 255, 0, 0, 255, 255]) };
const apiKey = 'sk-very-secret';

let server: ChatServer;
afterEach(() => server.close());

async function endpointOf(replies: readonly Reply[], options: Partial<VisionEndpointOptions> = {}) {
  server = await chatServer(...replies);
  return visionEndpoint({
    baseUrl: server.baseUrl,
    model: 'judge',
    apiKey,
    encodePicture: encodePng,
    ...options,
  });
}

async function refusal(action: Promise<unknown>): Promise<MokusError> {
  const error = await action.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!MokusError.isInstance(error)) throw new Error(`expected a MokusError, got ${String(error)}`);
  return error;
}

describe('visionEndpoint', () => {
  it('sends the question and the pictures as the API wants them', async () => {
    const endpoint = await endpointOf([says('a red and a blue pixel')]);
    expect(await endpoint.ask('what is it?', [picture, picture])).toBe('a red and a blue pixel');
    const [call] = server.calls;
    expect(call).toMatchObject({
      method: 'POST',
      path: '/v1/chat/completions',
      authorization: `Bearer ${apiKey}`,
      body: { model: 'judge', temperature: 0 },
    });
    const content = call?.body.messages[0]?.content ?? [];
    expect(content[0]).toEqual({ type: 'text', text: 'what is it?' });
    expect(content).toHaveLength(3);
    const [, base64] = content[1]?.image_url?.url.match(/^data:image\/png;base64,(.+)$/) ?? [];
    expect(await readImage(Buffer.from(base64 as string, 'base64'))).toEqual(picture);
  });

  it('waits for nothing once it is cancelled, at whatever moment', async () => {
    const controller = new AbortController();
    const endpoint = await endpointOf([says('yes')], { maxWait: 60_000 });
    vi.stubGlobal('fetch', async () => {
      // Between the answer and the pause after it.
      controller.abort();
      return new Response('', { status: 503, headers: { 'retry-after': '50' } });
    });
    try {
      const { code } = await refusal(endpoint.ask('?', [], { signal: controller.signal }));
      expect(code).toBe('cancelled');
    } finally {
      vi.unstubAllGlobals();
    }
  }, 10_000);

  it('waits and asks again when the server is busy or failing, as long as it asks for', async () => {
    const endpoint = await endpointOf([
      status(429, 'slow down', { 'retry-after': '0' }),
      status(503, '', { 'retry-after': new Date(0).toUTCString() }),
      (response) => response.destroy(),
      says('yes'),
    ]);
    expect(await endpoint.ask('?', [])).toBe('yes');
    expect(server.calls).toHaveLength(4);
  });

  it('gives up after its attempts, or when it would have to wait too long, and says so', async () => {
    const busy = status(429, 'slow down', { 'retry-after': '0' });
    const endpoint = await endpointOf([busy], { attempts: 3 });
    const error = await refusal(endpoint.ask('?', []));
    expect(error).toMatchObject({ code: 'rate-limit', details: { status: 429, retryAfter: 0 } });
    expect(error.message).toMatch(/after 3 attempts.*slow down/);
    expect(server.calls).toHaveLength(3);
    await server.close();

    const patient = await endpointOf([status(429, '', { 'retry-after': '3600' })]);
    const refused = await refusal(patient.ask('?', []));
    expect(refused).toMatchObject({ code: 'rate-limit', details: { retryAfter: 3600 } });
    expect(server.calls).toHaveLength(1);
  });

  it('gives up an attempt that takes too long', async () => {
    const endpoint = await endpointOf([() => undefined], { timeout: 50, attempts: 1 });
    expect(await refusal(endpoint.ask('?', []))).toMatchObject({
      code: 'network',
      message: expect.stringContaining('no answer within 50 ms'),
    });
    await server.close();
    // Headers come, the body does not.
    const half = await endpointOf([(response) => response.write('{"choices":')], { timeout: 50, attempts: 1 });
    expect((await refusal(half.ask('?', []))).message).toContain('no answer within 50 ms');
  });

  it.each([
    [401, 'access'],
    [403, 'access'],
    [404, 'not-found'],
    [400, 'network'],
  ])('does not ask again after %i, and never shows the key', async (code, expected) => {
    const endpoint = await endpointOf([status(code, `no such thing: Bearer ${apiKey}`)]);
    const error = await refusal(endpoint.ask('?', []));
    expect(error).toMatchObject({
      code: expected,
      details: { status: code, url: `${server.baseUrl}/chat/completions` },
    });
    expect(error.message).toContain('no such thing');
    expect(server.calls).toHaveLength(1);
    expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toContain(apiKey);
    expect(JSON.stringify(visionJudge(endpoint).options)).not.toContain(apiKey);
  });

  it('follows no redirect with the key', async () => {
    const elsewhere = await chatServer(says('yes'));
    const to = { location: `${elsewhere.baseUrl}/chat/completions` };
    const endpoint = await endpointOf([status(307, '', to)], { attempts: 1 });
    expect(await refusal(endpoint.ask('?', []))).toMatchObject({ code: 'network' });
    expect(elsewhere.calls).toHaveLength(0);
    await elsewhere.close();
  });

  it('stops when it is cancelled: before, during an attempt and during a pause', async () => {
    const endpoint = await endpointOf([status(503, '', { 'retry-after': '30' }), () => undefined]);
    expect(await refusal(endpoint.ask('?', [], { signal: AbortSignal.abort() }))).toMatchObject({ code: 'cancelled' });
    expect(server.calls).toHaveLength(0);
    for (const calls of [1, 2]) {
      const controller = new AbortController();
      const asked = refusal(endpoint.ask('?', [], { signal: controller.signal }));
      while (server.calls.length < calls) await new Promise((resolve) => setTimeout(resolve, 5));
      controller.abort();
      expect(await asked).toMatchObject({ code: 'cancelled' });
    }
  });

  it('refuses answers that make no sense, also endless ones', async () => {
    const endpoint = await endpointOf([
      status(200, '<html>'),
      status(200, '{"choices":[]}'),
      (response) => {
        const more = (): void => {
          if (!response.destroyed) response.write('x'.repeat(65536), () => setImmediate(more));
        };
        more();
      },
    ]);
    for (let asked = 1; asked <= 3; asked++) {
      const error = await refusal(endpoint.ask('?', []));
      expect(error).toMatchObject({ code: 'network' });
      expect(error.message.length).toBeLessThan(500);
      expect(server.calls).toHaveLength(asked);
    }
  });

  it('refuses an address with a password, without showing it, and what is unknown, of the wrong kind or out of range', async () => {
    const make = (options: object) => () => {
      const given = { baseUrl: 'http://localhost/v1', model: 'judge', encodePicture: encodePng, ...options };
      return visionEndpoint(given as VisionEndpointOptions);
    };
    await endpointOf([says('yes')]);
    const wrong: [string, object][] = [
      ['baseUrl', { baseUrl: 'nowhere' }],
      ['baseUrl', { baseUrl: 'ftp://host/' }],
      ['baseUrl', { baseUrl: `http://me:${apiKey}@host/` }],
      ['baseUrl', { baseUrl: undefined }],
      ['timeout', { timeout: 0 }],
      ['timeout', { timeout: 2 ** 31 }],
      ['attempts', { attempts: 1.5 }],
      ['maxWait', { maxWait: -1 }],
      ['maxTokens', { maxTokens: '500' }],
      ['api_key', { api_key: apiKey }],
      ['apiKey', { apiKey: [apiKey] }],
      ['model', { model: undefined }],
      ['model', { model: ' ' }],
      ['encodePicture', { encodePicture: 'png' }],
    ];
    for (const [field, options] of wrong) {
      expect(make(options)).toThrow(expect.objectContaining({ code: 'input', details: { field } }));
      expect(make(options)).not.toThrow(apiKey);
    }
    expect(make({ baseUrl: 'http://localhost/v1/?api-version=3' })().url).toBe('http://localhost/v1/chat/completions');
  });
});

describe('visionJudge', () => {
  const question = { target: 'guitar', prompt: 'the favourite instrument of beethoven', question: 'Is it a guitar?' };

  it('asks about the target with the question of the data set, and reads the verdict', async () => {
    const verdict = { observation: 'a wooden guitar', matches_target: true, confidence: 0.9, explanation: 'strings' };
    const judge = visionJudge(await endpointOf([says(`Sure!\n\`\`\`json\n${JSON.stringify(verdict)}\n\`\`\``)]));
    expect(await judge.shows(picture, question)).toEqual({ holds: true, measure: 0.9, saw: 'a wooden guitar' });
    const text = server.calls[0]?.body.messages[0]?.content[0]?.text;
    expect(text).toMatch(/The target: guitar\. Is it a guitar\?/);
    expect(judge.options).toEqual({ model: 'judge', url: `${server.baseUrl}/chat/completions` });
  });

  it('shows both pictures to see whether one stayed', async () => {
    const judge = visionJudge(await endpointOf([says('{"matches_target": false}')]));
    expect(await judge.stayed(picture, picture)).toMatchObject({ holds: false });
    expect(server.calls[0]?.body.messages[0]?.content).toHaveLength(3);
  });

  it('understands a plain yes or no, and asks once more where it understands nothing', async () => {
    const judge = visionJudge(
      await endpointOf([
        ...[says('Yes, it does.'), says('"no"'), says('Hard to say'), says('{"matches_target": true}')],
        ...[says('Nobody knows'), says('{"matches_target": "yes"}')],
      ]),
    );
    expect(await judge.shows(picture, question)).toEqual({ holds: true });
    expect(await judge.shows(picture, question)).toEqual({ holds: false });
    expect(await judge.shows(picture, question)).toMatchObject({ holds: true });
    expect(server.calls).toHaveLength(4);
    const error = await refusal(judge.shows(picture, question));
    expect([error.code, server.calls.length]).toEqual(['network', 6]);
    expect(error.message).toContain('twice: "{\\"matches_target\\": \\"yes\\"}"');
    const [asked, again] = server.calls.slice(4).map(({ body }) => body.messages[0]?.content ?? []);
    expect(again?.[0]?.text).not.toBe(asked?.[0]?.text);
    expect(again?.[1]).toEqual(asked?.[1]);
  });
});
