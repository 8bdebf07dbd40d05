/** What editors have in common besides the kit (kit.test.ts), on a tiny Qwen2.5-VL text encoder on the CPU. */
import type { EditObjective, TextEncoder } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { describe, expect, it } from 'vitest';
import { fineTuning, memit, type SiteSelection, secondMoments, ultraEdit } from '../src/index.js';
import { lossRecorder, request } from './support/editing.js';
import { editorsOf } from './support/editors.js';
import { testEncoder } from './support/encoder.js';

const encoder = await testEncoder();
const editors = editorsOf(
  await secondMoments(encoder, ['a red ball'], { sites: { roles: ['down_proj'] }, rows: 'all' }),
);

/** Milliseconds: the first run of a program compiles it, which takes long where many tests share a core. */
const patience = 240_000;

/** Not of this package: raises one logit and pulls the state to the all-ones direction, in plain arithmetic. */
const exampleObjective: EditObjective = {
  name: 'example',
  options: { token: 7 },
  async prepare({ encoded, encoder }) {
    const rows = encoded.map(({ questionLength }, sequence) => ({ sequence, position: questionLength - 1 }));
    return {
      logitsRows: rows,
      hiddenRows: rows,
      evaluate({ logits, hidden }) {
        const { vocabSize } = encoder.info;
        const losses = rows.map((_, row) => (20 - logits.data[row * vocabSize + 7]!) ** 2 / 2);
        const requests = losses.map((loss) => ({ loss, satisfied: loss < 1 }));
        const cotangent = logits.data.map((value, index) => (index % vocabSize === 7 ? (value - 20) / rows.length : 0));
        return {
          loss: losses.reduce((sum, loss) => sum + loss, 0) / rows.length,
          logits: { ...logits, data: cotangent },
          hidden: { ...hidden, data: hidden.data.map(() => -0.001) },
          requests,
        };
      },
    };
  },
};

it.each(Object.entries(editors))(
  '%s takes an objective of somebody else, and says so',
  async (name, { create }) => {
    const { losses, onProgress } = lossRecorder();
    const edit = await create({}).edit(encoder, [request], { objective: exampleObjective, onProgress });
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
    expect(edit.provenance).toMatchObject({
      editor: name,
      objective: 'example',
      options: { objective: exampleObjective.options, sites: [...edit.sites.keys()] },
    });
    expect(edit.provenance.versions).toHaveProperty('@mokus/editors');
  },
  patience,
);

it.each([
  ['ultraEdit', 'eta'],
  ['fineTuning', 'learningRate'],
  ['memit', 'learningRate'],
])(
  '%s names the option %s where its steps were too large',
  async (name, field) => {
    const failing: EditObjective = {
      ...exampleObjective,
      async prepare(context) {
        const prepared = await exampleObjective.prepare(context);
        let evaluations = 0;
        return {
          ...prepared,
          async evaluate(result) {
            const value = await prepared.evaluate(result);
            evaluations++;
            return evaluations < 2 ? value : { ...value, loss: Number.NaN };
          },
        };
      },
    };
    const { code, details, message } = await refusalOf(() =>
      editors[name]!.create({}).edit(encoder, [request], { objective: failing }),
    );
    expect([code, details.field]).toEqual(['edit', field]);
    expect(message).toMatch(new RegExp(`'example' is NaN after 1 turns: take smaller steps \\(${field}\\)`));
  },
  patience,
);

it.each(Object.keys(editors))('%s refuses a request that is no text, by its index', async (name) => {
  const wrong = { ...request, question: 'is it?', answer: 7 as never };
  const { code, details, message } = await refusalOf(() => editors[name]!.create({}).edit(encoder, [request, wrong]));
  expect([code, details.request, details.field]).toEqual(['input', 1, 'answer']);
  expect(message).toMatch(/give one in words/);
});

it.each([
  ['ultraEdit', ultraEdit()],
  ['memit', memit({ lambda: 1, mu: 0 })],
])('%s says what it wants in place of a pipeline', async (_, editor) => {
  const pipeline = { components: { textEncoder: encoder } } as unknown as TextEncoder;
  const refused = await refusalOf(() => editor.edit(pipeline, [request]));
  expect([refused.code, refused.details.field]).toEqual(['input', 'encoder']);
  expect(refused.message).toMatch(/pass pipeline.components.textEncoder/);
});

describe('the constants of Adam', () => {
  const { ultraEdit: _, ...trained } = editors;
  it.each(Object.entries(trained))(
    'are options of %s, by default the published ones',
    async (_, { create }) => {
      const make = (options: object) => create(options).edit(encoder, [request]);
      const usual = await make({});
      const said = await make({ betas: [0.9, 0.999], epsilon: 1e-8 });
      expect(said).toEqual(usual);
      expect(usual.provenance.options).toMatchObject({ betas: [0.9, 0.999], epsilon: 1e-8 });
      for (const other of [{ betas: [0.5, 0.9] }, { epsilon: 1e-2 }]) {
        const edit = await make(other);
        expect(edit.provenance.options).toMatchObject(other);
        expect(edit.sites).not.toEqual(usual.sites);
      }
    },
    patience,
  );
});

describe('sites', () => {
  const factories = {
    ultraEdit: (sites: SiteSelection) => ultraEdit({ sites, maxTurns: 1 }),
    fineTuning: (sites: SiteSelection) => fineTuning({ sites, maxEpochs: 1 }),
  };
  it.each(Object.entries(factories))('of %s are configuration', async (_, make) => {
    const byRole = { roles: ['down_proj'], layers: { from: 1, to: 2 } };
    const expected = ['layers.1.mlp.down_proj', 'layers.2.mlp.down_proj'];
    for (const sites of [
      byRole,
      { ...byRole, layers: [2, 1] },
      { ...byRole, layers: { from: 1, to: Infinity } },
      expected.toReversed(),
      ({ role, layer }: { role: string; layer: number }) => role === 'down_proj' && layer > 0,
    ]) {
      const { sites: changed } = await make(sites).edit(encoder, [request]);
      expect([...changed.keys()]).toEqual(expected);
    }
  });

  it.each(Object.entries(factories))('of %s are refused when unknown, above the tap or none', async (_, make) => {
    const unknown = await refusalOf(() => make(['layers.9.mlp.gate_proj']).edit(encoder, [request]));
    expect([unknown.code, unknown.details.site]).toEqual(['site', 'layers.9.mlp.gate_proj']);
    const none = await refusalOf(() => make({ roles: ['conv'] }).edit(encoder, [request]));
    expect(none.message).toMatch(/no site matches.*roles gate_proj, up_proj, down_proj/);
    const shallow = await testEncoder({ tap: -2 });
    const above = await refusalOf(() => make(['layers.2.mlp.gate_proj']).edit(shallow, [request]));
    expect([above.code, above.details.site]).toEqual(['site', 'layers.2.mlp.gate_proj']);
  });
});
