import { cpuBackend } from '@mokus/backend-cpu';
import type { SiteDelta } from '@mokus/core';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import { tinyPipeline } from '../support/pipeline.js';

const pipeline = await tinyPipeline(cpuBackend());
const { textEncoder, dit, imageCodec } = pipeline.components;
const batch = [
  [3, 1, 4, 1, 5],
  [2, 7, 1],
];
const rows = [
  { sequence: 0, position: 4 },
  { sequence: 1, position: 2 },
];

afterEach(() => vi.restoreAllMocks());
afterAll(() => pipeline.dispose());

function deltaOf({ dOut, dIn }: { readonly dOut: number; readonly dIn: number }): SiteDelta {
  const wave = (size: number): Float32Array => Float32Array.from({ length: size }, (_, at) => Math.sin(1 + at) / 10);
  return { kind: 'lowRank', dOut, dIn, rank: 1, u: wave(dOut), v: wave(dIn) };
}

it('a text encoder that was released computes the same bits, its edits included', async () => {
  const [site] = textEncoder.sites;
  const plain = await textEncoder.forward({ batch, logits: rows, hidden: rows });
  const handle = textEncoder.pushDelta(site!.id, deltaOf(site!));
  const edited = await textEncoder.forward({ batch, logits: rows, hidden: rows });
  expect(edited.logits.data).not.toEqual(plain.logits.data);
  await textEncoder.release();
  await textEncoder.release();
  expect(textEncoder.deltas().map((each) => each.handle)).toEqual([handle]);
  expect(await textEncoder.forward({ batch, logits: rows, hidden: rows })).toEqual(edited);
  await textEncoder.release();
  textEncoder.popDelta(handle);
  expect(await textEncoder.forward({ batch, logits: rows, hidden: rows })).toEqual(plain);
});

it('programs that came later return too', async () => {
  const parameters = new Map(textEncoder.sites.slice(0, 1).map((site) => [site.id, deltaOf(site)]));
  const values = (await textEncoder.forward({ batch, logits: rows })).logits;
  const gradients = () =>
    textEncoder.parameterGradients({ batch, parameters, cotangents: { logits: { rows, values } } });
  const before = await gradients();
  await textEncoder.release();
  expect(await gradients()).toEqual(before);
});

it('a release waits for the calls that run', async () => {
  const alone = await textEncoder.forward({ batch, logits: rows });
  const running = [1, 2, 3].map(() => textEncoder.forward({ batch, logits: rows }));
  const released = textEncoder.release();
  running.push(textEncoder.forward({ batch, logits: rows }));
  for (const each of await Promise.all(running)) expect(each).toEqual(alone);
  await released;
});

it('with offload each component is released when its part is done, and draws the same', async () => {
  const options = { prompt: 'a cat', negativePrompt: ' ', guidance: 3, seed: 5 };
  const kept = await pipeline.generate(options);
  const order: string[] = [];
  const watch = (name: string, component: { release(): Promise<void> }): void => {
    const release = component.release.bind(component);
    vi.spyOn(component, 'release').mockImplementation(() => {
      order.push(name);
      return release();
    });
  };
  watch('text encoder', textEncoder);
  watch('transformer', dit);
  watch('image codec', imageCodec);
  const onStepEnd = (): void => void order.push('step');
  expect(await pipeline.generate({ ...options, offload: true, onStepEnd })).toEqual(kept);
  expect(order).toEqual(['text encoder', 'step', 'step', 'transformer', 'image codec']);
  expect(await pipeline.generate(options)).toEqual(kept);
  expect(order).toHaveLength(5);
});
