/** The records are this test's own; WISE's file is read where it lies beside the repository, and never copied in. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { conditioningObjective, presets, ultraEdit } from '@mokus/editors';
import { encodePng, type PretrainedPipeline, readImage } from 'mokus';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CellStore,
  readWise,
  runWise,
  type VisionEndpointOptions,
  visionEndpoint,
  visionJudge,
  type WiseCategory,
  wiseKnowledge,
  wiseScores,
  wiseTable,
  wiseWeights,
} from '../../src/index.js';
import { type FileCellStore, fileCellStore } from '../../src/node.js';
import { type ChatServer, chatServer, questionOf, says, status } from '../support/chat-server.js';
import { emojiPipeline } from '../support/emoji.js';

const file = fileURLToPath(new URL('../../../../../shared/data/wise-verified.json', import.meta.url));

const fields = (id: number, Category: string, Prompt: string, Explanation: string) => ({
  prompt_id: id,
  Category,
  Subcategory: 'Animal',
  Prompt,
  Explanation,
});
const json = JSON.stringify([
  fields(1, 'Cultural knowledge', 'the national animal of australia', 'A kangaroo.'),
  fields(7, 'time', 'the favourite instrument of beethoven', 'A piano, "grand" or not.'),
  fields(9, 'Physical Knowledge', 'the thing isaac newton is known for', 'An apple.'),
]);
const records = readWise(json);

describe('readWise', () => {
  it('reads prompts with their meaning and category', () => {
    expect(records[0]).toEqual({
      id: 1,
      prompt: 'the national animal of australia',
      explanation: 'A kangaroo.',
      category: 'culture',
      subcategory: 'Animal',
    });
    expect(records.map(({ category }) => category)).toEqual(['culture', 'time', 'physics']);
    expect(wiseKnowledge(records[2]!)).toEqual({ prompt: 'the thing isaac newton is known for', answer: 'An apple.' });
  });

  it('names record and field of what does not fit', () => {
    const good = fields(1, 'time', 'p', 'e');
    const refused = (...bad: object[]) => expect(() => readWise(JSON.stringify(bad)));
    refused(good, { ...good, prompt_id: 2, Category: 'constructor' }).toThrow(/record 1: Category is 'constructor'/);
    refused(good, good).toThrow(/record 1: prompt_id is 1, as that of record 0/);
    refused({ ...good, prompt_id: undefined }).toThrow(/record 0: prompt_id is missing/);
    refused({ ...good, prompt_id: '1' }).toThrow(/record 0: prompt_id is no whole number/);
    refused({ ...good, Explanation: ' ' }).toThrow(/record 0: Explanation is empty/);
    refused({ ...good, Prompt: undefined }).toThrow(/record 0: Prompt is missing/);
  });

  (existsSync(file) ? it : () => undefined)(
    'reads the whole benchmark: 400 prompts of culture, 120 of the others',
    () => {
      const counts = new Map<WiseCategory, number>();
      for (const { category } of readWise(readFileSync(file, 'utf8'))) {
        counts.set(category, (counts.get(category) ?? 0) + 1);
      }
      expect(Object.fromEntries(counts)).toEqual({
        culture: 400,
        time: 120,
        space: 120,
        biology: 120,
        physics: 120,
        chemistry: 120,
      });
    },
  );
});

describe('wiseScores', () => {
  const outcome = (category: WiseCategory, score: 0 | 1) => ({ record: { id: 0, category, subcategory: 'A' }, score });

  it('weighs the categories as the benchmark does', () => {
    expect(Object.values(wiseWeights).reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
    const categories = Object.keys(wiseWeights) as WiseCategory[];
    const outcomes = categories.flatMap((category) => [outcome(category, 0), outcome(category, 1)]);
    expect(wiseScores(outcomes).overall).toBeCloseTo(0.5, 12);
    // 0.4 x 2/3 + 0.12 x (1/2 of each of the five others)
    expect(wiseScores([...outcomes, outcome('culture', 1)]).overall).toBeCloseTo(0.4 * (2 / 3) + 0.3, 12);
  });

  it('has no overall score where a category has no pictures', () => {
    const scores = wiseScores([outcome('time', 1), outcome('time', 0), outcome('culture', 1)]);
    expect(scores).toEqual({
      overall: null,
      categories: { time: { score: 0.5, pictures: 2 }, culture: { score: 1, pictures: 1 } },
      subcategories: { 'time / A': { score: 0.5, pictures: 2 }, 'culture / A': { score: 1, pictures: 1 } },
    });
    expect(wiseTable(scores)).toMatch(/time +0\.12 +50\.0 % +2\n[\s\S]*chemistry +0\.12 +- +0\noverall +- +3$/);
  });
});

describe('runWise', () => {
  let pipeline: PretrainedPipeline;
  const folders: string[] = [];
  const servers: ChatServer[] = [];
  beforeAll(async () => {
    pipeline = await emojiPipeline();
  });
  afterAll(async () => {
    await pipeline.dispose();
    await Promise.all(servers.map((server) => server.close()));
    for (const folder of folders) rmSync(folder, { recursive: true });
  });

  const storeIn = (folder: string): Promise<FileCellStore> =>
    fileCellStore(folder, { encodePicture: encodePng, decodePicture: readImage });
  function newFolder(): string {
    folders.push(mkdtempSync(join(tmpdir(), 'mokus-wise-')));
    return folders.at(-1)!;
  }
  async function judgeAt(server: ChatServer, options: Partial<VisionEndpointOptions> = {}) {
    servers.push(server);
    const endpoint = { baseUrl: server.baseUrl, model: 'judge', encodePicture: encodePng };
    return visionJudge(visionEndpoint({ ...endpoint, ...options }));
  }
  const plan = { records, steps: 2, batchSize: 2 };

  it('draws each prompt, tells a judge what it means, and scores the verdicts by category', async () => {
    const server = await chatServer((response, call) => {
      const holds = questionOf(call).includes('A kangaroo.');
      says(JSON.stringify({ matches_target: holds, observation: 'an animal' }))(response, call);
    });
    const store = await storeIn(newFolder());
    const done: number[] = [];
    const report = await runWise(
      pipeline,
      { ...plan, seeds: [0, 1], scorer: await judgeAt(server) },
      { store, onProgress: (event) => event.kind === 'evaluate' && done.push(event.done) },
    );
    expect(report).toMatchObject({
      overall: null,
      categories: {
        culture: { score: 1, pictures: 2 },
        time: { score: 0, pictures: 2 },
        physics: { score: 0, pictures: 2 },
      },
      settings: { seeds: [0, 1], scorer: { name: 'vision model', options: { model: 'judge' } } },
    });
    expect(done).toEqual([2, 4, 6]);
    expect(report.rows.map(({ id, seed, score }) => [id, seed, score])).toEqual([
      [1, 0, 1],
      [1, 1, 1],
      [7, 0, 0],
      [7, 1, 0],
      [9, 0, 0],
      [9, 1, 0],
    ]);
    expect(report.rows[0]!.verdict).toEqual({ holds: true, saw: 'an animal' });
    const told = server.calls.map(questionOf).find((text) => text.includes('beethoven'))!;
    expect(told).toContain('The target: A piano, "grand" or not.');
    expect(told).toContain('for the prompt "the favourite instrument of beethoven"');
    // The picture that was judged is the one that the prompt draws from this seed.
    const { images } = await pipeline.generate({ prompt: records[2]!.prompt, seed: 1, steps: 2 });
    expect(await store.readPicture(report.rows[5]!.picture)).toEqual(images[0]);
  });

  it('goes on where it stopped: what was drawn is not drawn again, what was judged is not judged again', async () => {
    const folder = newFolder();
    let failing = true;
    const server = await chatServer((response, call) => {
      const isThird = questionOf(call).includes('An apple.');
      (failing && isThird ? status(400, 'no') : says('yes'))(response, call);
    });
    const scorer = await judgeAt(server);
    const broken = runWise(pipeline, { ...plan, scorer }, { store: await storeIn(folder) });
    await expect(broken).rejects.toMatchObject({ code: 'network', details: { status: 400 } });
    expect(server.calls).toHaveLength(3);

    failing = false;
    const store = await storeIn(folder);
    const written: string[] = [];
    const watched: CellStore = {
      ...store,
      writePicture: async (name, picture) => {
        written.push(name);
        await store.writePicture(name, picture);
      },
    };
    const report = await runWise(pipeline, { ...plan, scorer }, { store: watched });
    expect(written).toEqual([]);
    expect(server.calls).toHaveLength(4);
    expect(report.rows.map(({ score }) => score)).toEqual([1, 1, 1]);
    expect(await runWise(pipeline, { ...plan, scorer }, { store })).toEqual(report);
    expect(server.calls).toHaveLength(4);
  });

  it('takes an edited model for another one, and another explanation for another question', async () => {
    const server = await chatServer(says('no'));
    const [scorer, store] = [await judgeAt(server), await storeIn(newFolder())];
    const one = { ...plan, records: records.slice(0, 1), scorer };
    const before = await runWise(pipeline, one, { store });
    const request = { question: records[0]!.prompt, answer: 'tiger' };
    const editor = ultraEdit({ ...presets.ultraEdit['emoji-world'], mu: 0, nu: 0 });
    const edit = await editor.edit(pipeline.components.textEncoder, [request], { objective: conditioningObjective() });
    await pipeline.apply(edit);
    const after = await runWise(pipeline, one, { store });
    await pipeline.revert(edit);
    expect(after.model).not.toBe(before.model);
    expect(after.rows[0]!.picture).not.toBe(before.rows[0]!.picture);
    expect(server.calls).toHaveLength(2);
    const explained = { ...records[0]!, explanation: 'A red kangaroo.' };
    const again = await runWise(pipeline, { ...one, records: [explained] }, { store });
    expect(again.rows[0]!.picture).toBe(before.rows[0]!.picture);
    expect(server.calls).toHaveLength(3);
  });

  it('stops when it is cancelled, and refuses a plan that makes no sense', async () => {
    const scorer = await judgeAt(await chatServer(says('yes')));
    const run = (changes: object, options = {}) => expect(runWise(pipeline, { ...plan, scorer, ...changes }, options));
    await run({}, { signal: AbortSignal.abort() }).rejects.toMatchObject({ code: 'cancelled' });
    await run({ records: [] }).rejects.toThrow(/records are none/);
    await run({ seeds: [] }).rejects.toThrow(/seeds are none/);
    await run({ batchSize: 0 }).rejects.toThrow(/batchSize is 0/);
    await run({ records: [records[0]!, records[0]!] }).rejects.toThrow(/prompt_id 1 twice/);
  });
});
