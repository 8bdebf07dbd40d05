import type { DeltaSite, Json, LoraAdapter } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import {
  type Dtype,
  fromFloats,
  memorySource,
  type TensorToWrite,
  toBytes,
  writeSafetensors,
} from '@mokus/safetensors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadLora, loraFile, memoryFolder, readLora, saveLora } from '../src/node/index.js';

const sites: readonly DeltaSite[] = [
  site('img_in', 4, 6),
  site('transformer_blocks.0.attn.to_q', 6, 6),
  site('transformer_blocks.0.attn.to_out.0', 6, 6),
  site('transformer_blocks.0.img_mlp.net.0.proj', 6, 24),
];
const [toQ, toOut] = ['transformer_blocks.0.attn.to_q', 'transformer_blocks.0.attn.to_out.0'] as const;

function site(id: string, dIn: number, dOut: number): DeltaSite {
  return { id, dIn, dOut, weight: `${id}.weight` };
}

function numbers(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, at) => Math.sin(seed + 12.9898 * (at + 1)));
}

const adapter: LoraAdapter = {
  modules: new Map([
    ['img_in', { dOut: 6, dIn: 4, rank: 5, alpha: 2.5, down: numbers(20, 1), up: numbers(30, 2) }],
    [toQ, { dOut: 6, dIn: 6, rank: 2, alpha: 1, down: numbers(12, 3), up: numbers(12, 4) }],
    [toOut, { dOut: 6, dIn: 6, rank: 2, alpha: 2, down: numbers(12, 5), up: numbers(12, 6) }],
  ]),
};

async function bytesOf(saved: LoraAdapter, format?: 'diffusers' | 'kohya'): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of loraFile(saved, { format }).chunks()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

type Shapes = Readonly<Record<string, readonly number[]>>;

/** A LoRA file with tensors of these shapes. */
async function fileOf(
  shapes: Shapes,
  {
    dtype = 'F32',
    metadata = {},
  }: { readonly dtype?: Dtype; readonly metadata?: Readonly<Record<string, string>> } = {},
): Promise<Uint8Array> {
  const tensors = Object.entries(shapes).map(([name, shape]): TensorToWrite => {
    const values = numbers(
      shape.reduce((product, each) => product * each, 1),
      name.length,
    );
    return { name, dtype, shape, data: dtype === 'I32' ? toBytes(Int32Array.from(values)) : fromFloats(values, dtype) };
  });
  return writeSafetensors(tensors, { metadata });
}

const read = (bytes: Uint8Array, config?: Json): Promise<LoraAdapter> =>
  readLora(memorySource(bytes, 'some.safetensors'), { sites, config });

const settings = (json: Json): { readonly metadata: Readonly<Record<string, string>> } => ({
  metadata: { lora_adapter_metadata: JSON.stringify(json) },
});

const pair = (module: string, rank = 2): Shapes => ({
  [`${module}.lora_A.weight`]: [rank, 6],
  [`${module}.lora_B.weight`]: [6, rank],
});

describe('a LoRA file', () => {
  it('in the form of kohya gives back every number, and the same bytes each time', async () => {
    expect(await read(await bytesOf(adapter, 'kohya'))).toEqual(adapter);
    expect(await bytesOf(adapter, 'kohya')).toEqual(await bytesOf(adapter, 'kohya'));
  });

  it('in the portable form has alpha = rank and the scale in B', async () => {
    const { modules } = await read(await bytesOf(adapter));
    expect([...modules.keys()]).toEqual([...adapter.modules.keys()]);
    for (const [id, module] of modules) {
      const original = adapter.modules.get(id);
      if (original === undefined) throw new Error(`${id} was not saved`);
      expect(module).toMatchObject({ rank: original.rank, alpha: original.rank, down: original.down });
      const scaled = original.up.map((value) => (value * original.alpha) / original.rank);
      expect(module.up).toEqual(scaled);
    }
  });

  it.each([
    ['diffusers', `transformer.${toQ}.lora_A.weight`, `transformer.${toQ}.lora_B.weight`],
    ['ComfyUI', `diffusion_model.${toQ}.lora_A.weight`, `diffusion_model.${toQ}.lora_B.weight`],
    ['peft', `base_model.model.${toQ}.lora_A.weight`, `base_model.model.${toQ}.lora_B.weight`],
    ['peft with the name of an adapter', `${toQ}.lora_A.default.weight`, `${toQ}.lora_B.default.weight`],
    ['older diffusers', `transformer.${toQ}.lora.down.weight`, `transformer.${toQ}.lora.up.weight`],
    [
      'kohya',
      'lora_unet_transformer_blocks_0_attn_to_q.lora_down.weight',
      'lora_unet_transformer_blocks_0_attn_to_q.lora_up.weight',
    ],
  ])('is read in the spelling of %s', async (_who, down, up) => {
    for (const dtype of ['F32', 'BF16', 'F16'] as const) {
      const { modules } = await read(await fileOf({ [down]: [2, 6], [up]: [6, 2] }, { dtype }));
      expect([...modules.keys()]).toEqual([toQ]);
      expect(modules.get(toQ)).toMatchObject({ rank: 2, alpha: 2, dIn: 6, dOut: 6 });
    }
  });

  it('has one alpha: of its tensor, else of its settings, else its rank', async () => {
    const alphaOf = async (bytes: Uint8Array, config?: Json): Promise<number | undefined> =>
      (await read(bytes, config)).modules.get(toQ)?.alpha;
    const said = { 'transformer.r': 2, 'transformer.lora_alpha': 6 };
    const withTensor = { ...pair(`transformer.${toQ}`), [`transformer.${toQ}.alpha`]: [] };
    const ofTensor = Math.fround(Math.sin(`transformer.${toQ}.alpha`.length + 12.9898));
    expect(await alphaOf(await fileOf(withTensor, settings(said)))).toBe(ofTensor);
    expect(await alphaOf(await fileOf(pair(toQ), settings(said)))).toBe(6);
    expect(await alphaOf(await fileOf(pair(toQ)), { r: 2, lora_alpha: 5 })).toBe(5);
    expect(await alphaOf(await fileOf(pair(toQ)))).toBe(2);
    const patterns = { r: 8, lora_alpha: 1, rank_pattern: { to_q: 2 }, alpha_pattern: { q: 9, 'attn.to_q': 7 } };
    expect(await alphaOf(await fileOf(pair(toQ)), patterns)).toBe(7);
    expect(await alphaOf(await fileOf(pair(toQ)), { ...patterns, use_rslora: true })).toBe(7 * Math.sqrt(2));
  });
});

describe('a LoRA file is refused by file and tensor', () => {
  const transformer = `transformer.${toQ}`;
  const refused: readonly (readonly [what: string, code: string, shapes: Shapes, message: RegExp])[] = [
    ['no tensors', 'adapter', {}, /holds no tensors/],
    ['A alone', 'adapter', { [`${transformer}.lora_A.weight`]: [2, 6] }, /has no B \(up\) beside it/],
    ['B alone', 'adapter', { [`${transformer}.lora_B.weight`]: [6, 2] }, /has no A \(down\) beside it/],
    ['alpha alone', 'adapter', { [`${transformer}.alpha`]: [] }, /has no A \(down\)/],
    [
      'another width',
      'adapter',
      { [`${transformer}.lora_A.weight`]: [2, 5], [`${transformer}.lora_B.weight`]: [6, 2] },
      /has shape \[2, 5\], expected \[2, 6\]/,
    ],
    [
      'another rank',
      'adapter',
      { [`${transformer}.lora_A.weight`]: [2, 6], [`${transformer}.lora_B.weight`]: [6, 3] },
      /has shape \[6, 3\], expected \[6, 2\]/,
    ],
    ['a rank above the layer', 'adapter', pair(transformer, 7), /has rank 7, more than its layer \[6, 6\]/],
    ['rank 0', 'adapter', pair(transformer, 0), /rank 0/],
    [
      'a factor of convolutions',
      'adapter',
      { [`${transformer}.lora_A.weight`]: [2, 6, 1, 1], [`${transformer}.lora_B.weight`]: [6, 2, 1, 1] },
      /has shape \[2, 6, 1, 1\]/,
    ],
    ['an alpha of two', 'adapter', { ...pair(transformer), [`${transformer}.alpha`]: [2] }, /an alpha is one/],
    [
      'a factor twice',
      'adapter',
      { ...pair(transformer), ...pair(`diffusion_model.${toQ}`) },
      /are the same factor of one layer/,
    ],
    [
      'a layer of another model',
      'adapter',
      pair('transformer.transformer_blocks.7.attn.to_q'),
      /no linear layer of this transformer \(one is "transformer_blocks.0.attn.to_q"\)/,
    ],
    ['a layer that is no name', 'adapter', pair(`transformer.${'x'.repeat(5000)}`), /x"…/],
    ['a layer that would paint the terminal', 'adapter', pair('transformer.\u001b[31m'), /\\u001b\[31m/],
    ['a prototype', 'adapter', pair('__proto__'), /no linear layer/],
    [
      'a text encoder',
      'unsupported',
      { ...pair(transformer), ...pair('text_encoder.layers.0.self_attn.q_proj') },
      /only the transformer takes a LoRA/,
    ],
    [
      'a text encoder in kohya’s form',
      'unsupported',
      { 'lora_te_layers_0_q_proj.lora_down.weight': [2, 6] },
      /only the transformer/,
    ],
    ['a DoRA', 'unsupported', { ...pair(transformer), [`${transformer}.lora_magnitude_vector`]: [6] }, /DoRA/],
    ['a bias', 'unsupported', { ...pair(transformer), [`${transformer}.lora_B.bias`]: [6] }, /bias of a LoRA/],
    ['a LoKr', 'unsupported', { [`${transformer}.lokr_w1`]: [2, 2] }, /LoKr/],
    ['a whole difference', 'unsupported', { [`${transformer}.diff`]: [6, 6] }, /whole difference/],
    ['a stranger', 'adapter', { ...pair(transformer), 'model.weight': [6, 6] }, /"model.weight" is no factor/],
  ];
  it.each(refused)('%s', async (_what, code, shapes, message) => {
    const error = await refusalOf(async () => read(await fileOf(shapes)));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^some\.safetensors/);
    expect(error.message.length).toBeLessThan(600);
    expect(error.message).not.toContain('\u001b');
    expect(error.details.file).toBe('some.safetensors');
  });

  const settingsRefused: readonly (readonly [code: string, field: string, json: Json])[] = [
    ['unsupported', 'use_dora', { r: 2, use_dora: true }],
    ['unsupported', 'lora_bias', { 'transformer.lora_bias': true }],
    ['unsupported', 'bias', { bias: 'all' }],
    ['unsupported', 'peft_type', { peft_type: 'LOHA' }],
    ['unsupported', 'alpha_pattern', { alpha_pattern: { '(a+)+$': 3 } }],
    ['adapter', 'lora_alpha', { lora_alpha: '8' }],
    ['adapter', 'rank_pattern', { rank_pattern: [2] }],
    ['adapter', 'lora_adapter_metadata', [1, 2]],
  ];
  it.each(settingsRefused)('settings: %s for %s', async (code, field, json) => {
    for (const run of [
      async () => read(await fileOf(pair(toQ), settings(json))),
      async () => read(await fileOf(pair(toQ)), json),
    ]) {
      const error = await refusalOf(run);
      expect(error.code).toBe(code);
      expect(error.details.field).toBe(field);
      expect(error.message).toContain('some.safetensors');
    }
  });

  it('settings that are no JSON, or say another rank', async () => {
    const noJson = await fileOf(pair(toQ), { metadata: { lora_adapter_metadata: '{' } });
    expect((await refusalOf(() => read(noJson))).message).toMatch(/is not JSON/);
    const other = await refusalOf(async () => read(await fileOf(pair(toQ), settings({ r: 4 }))));
    expect(other.message).toMatch(/has rank 2, and the settings that come with it say 4/);
  });

  it('integers', async () => {
    const error = await refusalOf(async () => read(await fileOf(pair(toQ), { dtype: 'I32' })));
    expect(error.code).toBe('unsupported');
    expect(error.message).toMatch(/lora_A.weight" is stored as I32; save it as/);
  });

  it('a number that is not finite, by row', async () => {
    const broken = numbers(12, 1);
    broken[7] = Number.NaN;
    const name = `transformer.${toQ}.lora_B.weight`;
    const bytes = await writeSafetensors([
      { name: `transformer.${toQ}.lora_A.weight`, dtype: 'F32', shape: [2, 6], data: toBytes(numbers(12, 1)) },
      { name, dtype: 'F32', shape: [6, 2], data: toBytes(broken) },
    ]);
    expect((await refusalOf(() => read(bytes))).message).toMatch(/holds NaN in row 3 of up/);
  });

  it('an adapter that cannot be saved', async () => {
    const module = { dOut: 6, dIn: 6, rank: 2, alpha: 1, down: numbers(12, 3), up: numbers(12, 4) };
    const save = (change: Partial<typeof module>) => () =>
      bytesOf({ modules: new Map([[toQ, { ...module, ...change }]]) });
    expect((await refusalOf(() => bytesOf({ modules: new Map() }))).code).toBe('adapter');
    expect((await refusalOf(save({ alpha: Number.NaN }))).message).toMatch(/to_q" has alpha NaN/);
    expect((await refusalOf(save({ up: numbers(11, 4) }))).message).toMatch(/has 11 numbers in up \[6, 2\]/);
    expect((await refusalOf(save({ rank: 0.5 }))).code).toBe('adapter');
    // B would take up more than fp32 holds.
    expect((await refusalOf(save({ alpha: 1e39 }))).message).toMatch(/holds -?Infinity in row 0 of up/);
  });

  it.each([
    ['the path behind it', adapter, 'lora.safetensors', '"lora.safetensors" is none'],
    ['nothing', 'lora.safetensors', undefined, 'undefined is none'],
    ['an edit', 'lora.safetensors', { sites: new Map() }, 'an object is none'],
  ] as const)('what is no adapter where one is saved: %s', async (_, path, saved, found) => {
    const error = await refusalOf(() => saveLora(path as unknown as string, saved as unknown as LoraAdapter));
    expect(error.code).toBe('adapter');
    expect(error.message).toContain(found);
    expect(error.message).toContain('to saveLora behind the path');
  });

  it('or is read, whatever bytes are changed in it', async () => {
    const whole = await bytesOf(adapter, 'kohya');
    const change = fc.tuple(fc.nat(whole.byteLength - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat(40), async (changes, cut) => {
        const bytes = Uint8Array.from(whole.subarray(0, whole.byteLength - cut));
        for (const [at, value] of changes) if (at < bytes.byteLength) bytes[at] = value;
        try {
          const { modules } = await read(bytes);
          for (const { dOut, dIn, rank, down, up } of modules.values()) {
            expect([down.length, up.length]).toEqual([rank * dIn, dOut * rank]);
            expect([...down, ...up].every(Number.isFinite)).toBe(true);
          }
        } catch (error) {
          expect(error).toMatchObject({
            name: 'MokusError',
            code: expect.stringMatching(/^(checkpoint|adapter|unsupported)$/),
          });
        }
      }),
      { numRuns: 300, seed: 7 },
    );
  });
});

describe('a folder with a LoRA', () => {
  const folder = (files: Readonly<Record<string, Uint8Array>>) => memoryFolder('here', new Map(Object.entries(files)));
  const config = new TextEncoder().encode(JSON.stringify({ r: 2, lora_alpha: 6 }));

  it('is read by the file names of diffusers, then of peft with its settings', async () => {
    const bytes = await fileOf(pair(toQ));
    const alphaIn = async (files: Readonly<Record<string, Uint8Array>>): Promise<number | undefined> =>
      (await loadLora(folder(files), { sites })).modules.get(toQ)?.alpha;
    const peft = { 'adapter_model.safetensors': bytes, 'adapter_config.json': config };
    expect(await alphaIn(peft)).toBe(6);
    // The settings beside it are those of the other file.
    expect(await alphaIn({ ...peft, 'pytorch_lora_weights.safetensors': bytes })).toBe(2);
    expect(
      (await loadLora(folder({ 'a.safetensors': bytes }), { sites, weightName: 'a.safetensors' })).modules.size,
    ).toBe(1);
  });

  it('without one is refused with the mend, and so is a name that leaves it', async () => {
    expect((await refusalOf(() => loadLora(folder({}), { sites }))).message).toMatch(
      /say which file it is with weightName/,
    );
    const outside = await refusalOf(() => loadLora(folder({}), { sites, weightName: '../a.safetensors' }));
    expect(outside.code).toBe('checkpoint');
  });
});
