import { expect, it } from 'vitest';
import { timeDenoising, timeLearning, timeTurns } from '../backends/chain.js';
import { figuresOf, type PartResults, ratiosBetween, timedParts } from '../backends/summary.js';
import { backendTables } from '../backends/tables.js';
import { openEmojiWorld } from '../emoji-world/open.js';

const time = (seconds: number) => ({ seconds, processorSeconds: 2 * seconds });
const verdict = (concept: string) => ({ concept, scene: 'plain', distance: 1 });

const cpu: PartResults = {
  times: { denoisingStep: time(0.5), loraStep: time(2) },
  weightReuploads: undefined,
  reasons: {},
  conformance: { cases: 4, failed: {} },
  verdicts: [verdict('owl'), verdict('cat'), verdict('dog')],
};
const gpu: PartResults = {
  times: { denoisingStep: { seconds: 2, processorSeconds: 8 } },
  weightReuploads: 0,
  reasons: { loraStep: 'took longer than 600 s' },
  conformance: { cases: 4, failed: { 'f32: sin': 'off' } },
  verdicts: [verdict('owl'), verdict('fox')],
};

it('compares a backend with the CPU, and says what is not measured', () => {
  const figures = figuresOf('a library', gpu, cpu);
  expect(figures).toMatchObject({ conformancePassed: 0.75, samePictures: 1, pictures: 2, weightReuploads: 0 });
  expect(figures.ratioToCpu).toMatchObject({
    denoisingStep: { seconds: 4, processorSeconds: 8 },
    loraStep: null,
    qwenImageBlock: null,
  });
  expect(figures.notMeasured).toEqual({ loraStep: 'took longer than 600 s', pictures: '2 of 50 in the time given' });
  for (const verdicts of [undefined, []]) {
    expect(figuresOf('a library', { ...gpu, verdicts }, cpu).samePictures).toBeNull();
  }
  expect(ratiosBetween(figuresOf('the CPU', cpu, cpu), figures)).toMatchObject({
    denoisingStep: { seconds: 4, processorSeconds: 8 },
    loraStep: null,
  });
  expect(ratiosBetween(figures, undefined)).toBeNull();
});

it('has a row for each part, and a dash for what is not measured', () => {
  const [webgpu, webgpuNative] = [figuresOf('web', gpu, cpu), null];
  const report = { webgpu, webgpuNative, nativeOverWeb: null };
  const rows = backendTables.webgpuTimes!(report).split('\n');
  expect(rows).toHaveLength(2 + timedParts.length);
  expect(rows[2]).toBe('| a denoising step, 64 x 64 pixels | 8 x | - | - |');
  expect(backendTables.webgpuChecks!(report).split('\n').slice(2)).toEqual([
    '| web | 3 of 4 | 1 of 2 | 0 |',
    '| webgpuNative | - | - | - |',
  ]);
});

it('times a step of each part of the chain', async () => {
  const pipeline = await openEmojiWorld();
  for (const { seconds, processorSeconds } of [
    await timeDenoising(pipeline),
    await timeTurns(pipeline, 1),
    await timeTurns(pipeline, 3),
    await timeLearning(pipeline),
  ]) {
    expect(seconds).toBeGreaterThan(0);
    expect(processorSeconds).toBeGreaterThan(0);
  }
  await pipeline.dispose();
});
