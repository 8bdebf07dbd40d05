/** `mokus bench`: KnowCusBench of a file and the edition in the box, with models that measure. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KnowCusJob } from '@mokus/bench';
import { Graph, reduceMean, sigmoid } from '@mokus/graph';
import { defaultLowerings, lowerAlone } from '@mokus/onnx';
import { afterAll, expect, it } from 'vitest';
import { writeClipFolder } from '../../../bench/test/support/clip-folder.js';
import type { HubFile } from '../../../checkpoint/test/support/hub-server.js';
import { withExternalData } from '../../../onnx/test/support/external-data.js';
import { encodePng } from '../../src/index.js';
import { measuresOf } from '../../src/knowcus/measures.js';
import { runMokus } from '../support/run-mokus.js';
import { writeShortCorpus } from '../support/short-corpus.js';
import { tinyHub } from '../support/tiny-hub.js';

const folder = mkdtempSync(join(tmpdir(), 'mokus-bench-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

writeShortCorpus(at('corpus.txt'));
const quick = ['--steps=2', '--prior=none', '--seeds=0', '--draw-steps=2', '--corpus', at('corpus.txt')];

it('runs KnowCusBench, writes its reports, and goes on where it stopped', async () => {
  const grey = { width: 64, height: 64, data: new Uint8ClampedArray(64 * 64 * 4).fill(200) };
  writeFileSync(at('robot.png'), await encodePng(grey));
  const facts = [{ aspect: 'origin', question: 'the pet that waits for me at home' }];
  const prompts = [
    { part: 'generation', fact: 0, aspect: 'scene', prompt: `${facts[0]?.question} on a blue background` },
  ];
  const concept = { name: 'robot', anchor: '<v0>', className: 'robot', pictures: ['robot.png'], facts, prompts };
  writeFileSync(at('knowcus.json'), JSON.stringify([concept]));
  const args = ['bench', '--benchmark', at('knowcus.json'), '--out', at('file'), '--methods=moKus,encFt', ...quick];
  const first = await runMokus(...args, '--json');
  expect([first.err, first.status]).toEqual(['', undefined]);
  const { summary, shown, files } = JSON.parse(first.out);
  expect(summary).toMatchObject([
    { method: 'moKus', generation: { clipI: null, pickScore: null } },
    { method: 'encFt', generation: { clipI: null } },
  ]);
  expect(shown).toBeUndefined();
  const { cells } = JSON.parse(readFileSync(files[0], 'utf8'));
  expect(cells[0].pictures).toMatchObject([{ prompt: prompts[0]?.prompt, seed: 0 }]);
  expect(readFileSync(files[1], 'utf8')).toContain('data:image/png;base64,');
  const again = await runMokus(...args, '--json');
  // The same times: nothing was learned again.
  expect(JSON.parse(again.out)).toEqual(JSON.parse(first.out));
  writeFileSync(at('other.txt'), 'what is a cat?');
  const other = await runMokus(...args.slice(0, -1), at('other.txt'), '--json');
  const [moKus, encFt] = JSON.parse(other.out).summary;
  // MoKus has another C now; fine-tuning has none.
  expect(moKus.bindSeconds).not.toBe(summary[0].bindSeconds);
  expect(encFt).toEqual(summary[1]);
}, 300_000);

it('runs the edition in the box without a file, and measures with the models that are given', async () => {
  await writeClipFolder(at('clip'));
  writeFileSync(at('segmenter.onnx'), brightness(1024));
  const models = ['--clip', at('clip'), '--pick', at('clip'), '--segmenter', at('segmenter.onnx')];
  const args = ['bench', '--limit=1', '--methods=moKus', '--out', at('box'), ...quick, ...models];
  const { out, err, status } = await runMokus(...args);
  // The tokenizer of the embedded model splits most class words.
  expect([err.split('\n').filter((line) => !/^mokus: warning: .* class word/.test(line)), status]).toEqual([
    [],
    undefined,
  ]);
  const rows = new Map(out.split('\n').map((line) => line.split(/ {2,}/) as [string, string]));
  expect(rows.get('method')).toBe('moKus');
  for (const each of ['generation CLIP-I-Seg', 'PickScore']) expect(rows.get(each)).toMatch(/^-?\d+\.\d+$/);
  expect(rows.get('concept shown')).toMatch(/^\d+\.\d %$/);
  const { cells, shown } = JSON.parse(readFileSync(at('box/knowcus.json'), 'utf8'));
  const { pictures } = cells[0];
  expect(pictures).toHaveLength(25);
  for (const { scores, seen } of pictures) {
    for (const each of ['clipI', 'clipISeg', 'clipT']) expect(Math.abs(scores[each])).toBeLessThanOrEqual(1 + 1e-6);
    // PickScore is that CLIP's cosine times 100 here.
    expect(scores.pickScore).toBeCloseTo(100 * scores.clipT, 3);
    expect(seen).toBeTypeOf('boolean');
  }
  expect(shown.moKus).toBe(pictures.filter(({ seen }: { seen: boolean }) => seen).length / 25);
  // What the segmenter cuts out is another picture.
  expect(pictures.some(({ scores }: { scores: Record<string, number> }) => scores.clipI !== scores.clipISeg)).toBe(
    true,
  );
}, 300_000);

it('takes models from the hub, and of a repository what a measure reads, large weights beside a model too', async () => {
  const { hub, options } = await tinyHub();
  await writeClipFolder(at('of-hub'));
  const names = ['onnx/vision_model.onnx', 'onnx/text_model.onnx', 'tokenizer.json'];
  const files = [...names, 'tokenizer_config.json', 'preprocessor_config.json'].map((name): [string, HubFile] => [
    name,
    { bytes: readFileSync(at(`of-hub/${name}`)), isLarge: name.endsWith('.onnx') },
  ]);
  const unread: [string, HubFile] = ['model.safetensors', { bytes: new Uint8Array(9) }];
  const vision = withExternalData(readFileSync(at('of-hub/onnx/vision_model.onnx')), 'vision_model.onnx_data');
  const large: [string, HubFile][] = [
    ['onnx/vision_model.onnx', { bytes: vision.model, isLarge: true }],
    ['onnx/vision_model.onnx_data', { bytes: vision.data, isLarge: true }],
  ];
  hub.repositories.set('someone/clip', new Map([...files, ...large, unread]));
  hub.repositories.set('someone/segmenter', new Map([['onnx/model.onnx', { bytes: brightness(1024) }]]));
  const scorer = await measuresOf({ clip: 'someone/clip', segmenter: 'someone/segmenter' }, options);
  expect(readdirSync(options.cacheDir, { recursive: true, encoding: 'utf8' }).join()).not.toContain(
    'model.safetensors',
  );
  const grey = { width: 64, height: 64, data: new Uint8ClampedArray(64 * 64 * 4).fill(200) };
  const score = await scorer?.measures.clipISeg?.(grey, { job: {} as KnowCusJob, pictures: [grey] }, {});
  expect(score).toBeGreaterThan(-1);
  expect(score).toBeLessThanOrEqual(1 + 1e-6);
}, 60_000);

it.each([
  ['a segmenter without a CLIP', ['--segmenter', at('segmenter.onnx')], /needs --clip too/],
  ['a folder that holds no CLIP', ['--clip', folder], /has no vision_model.onnx/],
])(
  'refuses %s',
  async (_, models, message) => {
    const { err, status } = await runMokus('bench', '--limit=1', '--out', at('refused'), ...quick, ...models);
    expect(err).toMatch(message);
    expect([err.split('\n').length, status]).toEqual([1, 1]);
  },
  60_000,
);

/** A segmenter that takes what is bright for the thing: pixels [1, 3, side, side] to a mask [1, 1, side, side], in ONNX. */
function brightness(side: number): Uint8Array {
  const graph = new Graph();
  const pixels = graph.input('pixels', 'f32', [1, 3, side, side]);
  graph.output('mask', sigmoid(reduceMean(pixels, { axes: [1], keepDims: true })));
  const target = { backend: 'test', compute: ['f32'] as const, lowerings: defaultLowerings };
  return lowerAlone('segmenter', graph.build(), target).model;
}
