import { type EditRequest, MokusError } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { describe, expect, it, vi } from 'vitest';
import {
  type AlphaEditOptions,
  alphaEdit,
  answerObjective,
  createKeyHistory,
  fineTuning,
  ftL,
  ftM,
  loraTuning,
  memit,
  pmet,
  presets,
  rome,
  type SiteStatistics,
  secondMoments,
} from '../../src/index.js';
import { contextWeights } from '../../src/locate-then-edit/contexts.js';
import { findSubject } from '../../src/locate-then-edit/subject.js';
import { answerProbability, lossRecorder, request, traceOf, withDeltas } from '../support/editing.js';
import { testEncoder } from '../support/encoder.js';
import { matrixOf } from '../support/locate-fixtures.js';

const encoder = await testEncoder();
const quick = { steps: 2, contexts: [], lambda: 0.1, mu: 0 };
const other: EditRequest = { question: 'where is the sea?', subject: 'sea', answer: 'b' };
const sites = { roles: ['down_proj'] };

describe('the subject', () => {
  it.each([
    ['cat', 'is a catalogue of a cat here?', 20, 23],
    ['cat', 'catalogue', 0, 3],
    [' red house ', 'the red house.', 4, 13],
    ['\u6771\u4eac', '\u5927\u6771\u4eac', 1, 3],
  ])('%j of %j is found as a whole word first', (subject, question, start, end) => {
    expect(findSubject('memit', { question, answer: 'x', subject }, 0)).toEqual({ start, end });
  });

  it.each([
    ['missing', { question: 'what is it?', answer: 'a' }, /request 1 has no subject: memit/],
    ['blank', { question: 'what is it?', answer: 'a', subject: ' ' }, /request 1 has no subject/],
    ['not in the question', { question: 'what is it?', answer: 'a', subject: 'cat' }, /'cat' is not in the question/],
  ])('that is %s is refused by the index of its request, before anything is run', async (_, wrong, message) => {
    const before = await traceOf(encoder);
    let events = 0;
    const refused = await refusalOf(() =>
      memit(quick).edit(encoder, [request, wrong], {
        onProgress: () => {
          events++;
        },
      }),
    );
    expect([refused.code, refused.details.request, refused.details.field]).toEqual(['input', 1, 'subject']);
    expect(refused.message).toMatch(message);
    expect(events).toBe(0);
    expect(await traceOf(encoder)).toEqual(before);
  });
});

describe('contexts', () => {
  it('weigh a half and a half together', () => {
    expect(contextWeights(1)).toEqual([1]);
    expect(contextWeights(6)).toEqual([0.5, 0.1, 0.1, 0.1, 0.1, 0.1]);
  });

  it('are written by the encoder unless said', async () => {
    const edit = await memit({ steps: 1, lambda: 1, mu: 0 }).edit(encoder, [request]);
    const { contexts } = edit.provenance.options as { readonly contexts: readonly string[] };
    expect(contexts).toHaveLength(6);
    expect(contexts[0]).toBe('{}');
    for (const [index, start] of ['The', 'Therefore', 'Because', 'I', 'You'].entries()) {
      expect(contexts[index + 1]).toMatch(new RegExp(`^${start} [^]*\\. \\{\\}$`));
    }
  });

  it('are as many and as long as asked for, beside those said', async () => {
    const written = vi.spyOn(encoder, 'generate');
    const contexts = ['Today. {}', { count: 3, tokens: 2 }, { count: 17, tokens: 1 }];
    const edit = await memit({ ...quick, contexts }).edit(encoder, [request]);
    const lengths = written.mock.calls.map(([, options]) => options?.maxNewTokens);
    const words = written.mock.calls.map(([word]) => word);
    written.mockRestore();
    expect(lengths).toEqual([...Array(3).fill(2), ...Array(17).fill(1)]);
    // Each begins with a word of its own.
    expect([words.slice(0, 4), new Set(words).size]).toEqual([['The', 'Therefore', 'Because', 'I'], 20]);
    const used = (edit.provenance.options as { readonly contexts: readonly string[] }).contexts;
    expect([used.length, ...used.slice(0, 2)]).toEqual([22, '{}', 'Today. {}']);
    expect(used.slice(2).every((each, index) => each.startsWith(`${words[index]} `) && each.endsWith('. {}'))).toBe(
      true,
    );
  }, 240_000);

  it("that are 'generated' are five of 10 tokens", async () => {
    const make = (options: object) => memit({ steps: 1, lambda: 1, mu: 0, ...options }).edit(encoder, [request]);
    expect(await make({ contexts: [{ count: 5, tokens: 10 }] })).toEqual(await make({}));
  }, 240_000);
});

describe('sites', () => {
  it.each([
    ['that do not write into the hidden state', ['layers.1.mlp.up_proj'], /48 outputs/],
    ['that no later row can read', ['layers.2.mlp.down_proj'], /does not depend on layer 2/],
  ])('%s are refused', async (_, ids, message) => {
    for (const make of [memit, pmet, rome]) {
      const refused = await refusalOf(() => make({ ...quick, sites: ids }).edit(encoder, [request]));
      expect(refused.message).toMatch(message);
      expect(refused.details.field).toBe('sites');
    }
  });

  it('of ROME are one', async () => {
    const refused = await refusalOf(() => rome({ ...quick, sites }).edit(encoder, [request]));
    expect([refused.code, refused.details.site]).toEqual(['site', 'layers.1.mlp.down_proj']);
  });

  it('are as low as the published ones unless said', async () => {
    const lowest = async (editor: ReturnType<typeof memit>): Promise<string[]> => [
      ...(await editor.edit(encoder, [request])).sites.keys(),
    ];
    expect(await lowest(memit(quick))).toEqual(['layers.0.mlp.down_proj', 'layers.1.mlp.down_proj']);
    expect(await lowest(rome(quick))).toEqual(['layers.1.mlp.down_proj']);
  });
});

describe('the ridge', () => {
  it('that is singular is refused', async () => {
    // Fewer rows than dIn 48.
    const statistics = await secondMoments(encoder, ['a'], { sites, rows: 'all' });
    const refused = await refusalOf(() => memit({ ...quick, lambda: 0, mu: 1, statistics }).edit(encoder, [request]));
    expect([refused.code, refused.details.field]).toEqual(['edit', 'lambda']);
    expect(refused.message).toMatch(/not positive definite.*raise lambda/);
  });

  it('of AlphaEdit needs a direction that general keys leave free', async () => {
    const statistics = await secondMoments(encoder, ['a red ball', 'who wrote it?'], { sites, rows: 'all' });
    const editor = alphaEdit({ steps: 1, contexts: [], statistics, nullSpaceThreshold: 1e-300 });
    const { losses, onProgress } = lossRecorder();
    const refused = await refusalOf(() => editor.edit(encoder, [request], { onProgress }));
    expect([refused.code, refused.details.field]).toEqual(['edit', 'nullSpaceThreshold']);
    // The loss before the edit alone: no target was sought.
    expect(losses).toHaveLength(1);
  });

  it.each(['spectrum', 'ridge'] as const)('is not made where an edit is cancelled before: %s', async (method) => {
    const statistics = await secondMoments(encoder, ['a red ball', 'who wrote it?'], { sites, rows: 'all' });
    const made = vi.spyOn(statistics, method);
    const settings = { steps: 1, contexts: [], lambda: 1, statistics };
    const editor = method === 'ridge' ? memit({ ...settings, mu: 1 }) : alphaEdit(settings);
    const controller = new AbortController();
    // Comes as soon as the thread is free.
    const onProgress = (): void => void setTimeout(() => controller.abort());
    const refused = await refusalOf(() => editor.edit(encoder, [request], { signal: controller.signal, onProgress }));
    expect([refused.code, made.mock.calls.length]).toEqual(['cancelled', 0]);
  });

  it('keeps what earlier edits wrote, with their keys in it', async () => {
    const site = ['layers.0.mlp.down_proj'];
    const earlier = await memit({ ...quick, sites: site }).edit(encoder, [request]);
    const history = createKeyHistory();
    await memit({ ...quick, sites: site, history }).edit(encoder, [request]);
    const [group] = Object.keys(history.toJSON());
    const key = history.keys(group!);
    expect(createKeyHistory(history.toJSON()).toJSON()).toEqual(history.toJSON());
    const moved = async (options: { readonly history?: typeof history }): Promise<number> => {
      const edit = await withDeltas(encoder, earlier.sites, () =>
        memit({ ...quick, sites: site, ...options }).edit(encoder, [other]),
      );
      const matrix = matrixOf(edit.sites.get(site[0]!)!);
      const output = Array.from({ length: 32 }, (_, row) =>
        key.reduce((sum, value, at) => sum + value * matrix[row * key.length + at]!, 0),
      );
      return Math.hypot(...output);
    };
    const without = await moved({});
    expect(await moved({ history })).toBeLessThan(0.5 * without);
    expect(history.keys(group!)).toHaveLength(2 * key.length);
  });
});

describe('a loss that is not finite', async () => {
  // Shifts that leave fp32's range; the first request of the call needs none, as it stops where its loss is already.
  const lossOf = async (each: EditRequest): Promise<number> => -Math.log(await answerProbability(encoder, each));
  const [first, second] = (await lossOf(request)) < (await lossOf(other)) ? [request, other] : [other, request];
  const objective = answerObjective({ stopLoss: ((await lossOf(first)) + (await lossOf(second))) / 2 });
  const search = {
    sites: ['layers.0.mlp.down_proj'],
    steps: 3,
    learningRate: 1e39,
    clamp: 1e39,
    stopLoss: 0,
    klFactor: 0,
    contexts: [],
  };
  const statistics = await secondMoments(encoder, ['a red ball'], { sites, rows: 'all' });

  it.each([
    ['MEMIT', memit({ ...search, lambda: 0.1, mu: 0 })],
    ['PMET', pmet({ ...search, lambda: 0.1, mu: 0 })],
    ['ROME', rome({ ...search, lambda: 0.1, mu: 0 })],
    ['AlphaEdit', alphaEdit({ ...search, statistics, nullSpaceThreshold: 0.5 })],
  ])('in the search of %s is refused by the index of its request', async (_, editor) => {
    const before = await traceOf(encoder);
    const refused = await refusalOf(() => editor.edit(encoder, [first, second], { objective }));
    expect([refused.code, refused.details.request, refused.details.field]).toEqual(['edit', 1, 'learningRate']);
    expect(refused.message).toMatch(
      /request 1: the objective 'answer' is (NaN|Infinity) after 1 turns: take smaller steps/,
    );
    expect(await traceOf(encoder)).toEqual(before);
  });
});

describe('options', async () => {
  const statistics = await secondMoments(encoder, ['a'], { sites, rows: 'all' });

  it('that belong together are asked for', () => {
    expect(fieldOf(() => memit())).toBe('statistics');
    expect(fieldOf(() => memit({ lambda: 0, mu: 0 }))).toBe('lambda');
    // What callers without types may leave out.
    expect(fieldOf(() => alphaEdit({} as AlphaEditOptions))).toBe('statistics');
    expect(fieldOf(() => alphaEdit({ statistics, nullSpaceThreshold: 0 }))).toBe('nullSpaceThreshold');
  });

  it('of every preset are taken', () => {
    const withStatistics = <T extends object>(settings: T): T & { statistics: SiteStatistics } => ({
      ...settings,
      statistics,
    });
    for (const each of Object.values(presets.memit)) memit(withStatistics(each));
    for (const each of Object.values(presets.pmet)) pmet(withStatistics(each));
    for (const each of Object.values(presets.rome)) rome(withStatistics(each));
    for (const each of Object.values(presets.alphaEdit)) alphaEdit(withStatistics(each));
    for (const each of Object.values(presets.fineTuning)) fineTuning(each);
    for (const each of Object.values(presets.ftM)) ftM(each);
    for (const each of Object.values(presets.ftL)) ftL(each);
    for (const each of Object.values(presets.loraTuning)) loraTuning(each);
    for (const each of Object.values(presets)) {
      expect(Object.keys(each)).toEqual(
        expect.arrayContaining(['qwen2.5-vl-7b', 'smollm2-135m-instruct', 'emoji-world']),
      );
    }
  });
});

function fieldOf(make: () => unknown): string | undefined {
  try {
    make();
  } catch (error) {
    if (!MokusError.isInstance(error)) throw error;
    expect(error.code).toBe('input');
    return error.details.field;
  }
  throw new Error('nothing was refused');
}
