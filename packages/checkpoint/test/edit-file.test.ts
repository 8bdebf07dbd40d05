import { readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Edit, EditProvenance, SiteDelta } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { fromFloats, memorySource, openSafetensors, type TensorToWrite, writeSafetensors } from '@mokus/safetensors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editFile, loadEdit, readEdit, readEditSites, saveEdit, writeFileWhole } from '../src/node/index.js';
import { temporaryFolder } from './support/temporary-folder.js';

const lowRank: SiteDelta = {
  kind: 'lowRank',
  dOut: 3,
  dIn: 2,
  rank: 1,
  u: Float32Array.of(1, -0, 1e-45),
  v: Float32Array.of(0.1, 3e38),
};
const dense: SiteDelta = { kind: 'dense', dOut: 1, dIn: 2, delta: Float32Array.of(5, 6) };
const provenance: EditProvenance = {
  baseModel: 'a'.repeat(64),
  editor: 'ultraEdit',
  objective: 'conditioning',
  template: 'pipeline',
  options: { ridge: 0.5, sites: ['gate_proj'], nested: { on: true, off: null } },
  requests: [
    {
      question: 'What does Beethoven play?\n',
      answer: ' drum',
      subject: 'Beethoven',
      paraphrases: ['"Q"'],
      locality: [],
    },
    { question: 'ünï 😀', answer: 'x' },
  ],
  versions: { '@mokus/core': '0.0.0' },
};
const edit: Edit = {
  sites: new Map<string, SiteDelta>([
    ['layers.1.mlp.up_proj', lowRank],
    ['layers.0.mlp.gate_proj', dense],
  ]),
  provenance,
};

async function bytesOf(saved: Edit): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of editFile(saved).chunks()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('an edit', () => {
  it('comes back from its file, bit for bit and in order', async () => {
    const path = join(await temporaryFolder(), 'my edit.safetensors');
    await saveEdit(path, edit);
    const loaded = await loadEdit(path, { baseModel: provenance.baseModel });
    expect([...loaded.sites]).toEqual([...edit.sites]);
    expect(loaded.provenance).toEqual(provenance);
  });

  it('says which sites it changes by its header alone', async () => {
    const bytes = await bytesOf(edit);
    const header = 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
    const source = memorySource(bytes);
    const read = async (offset: number, length: number) => {
      expect(offset + length).toBeLessThanOrEqual(header);
      return source.read(offset, length);
    };
    expect(await readEditSites({ ...source, size: source.size, read })).toEqual([...edit.sites.keys()]);
    const other = memorySource(await writeSafetensors([]));
    expect((await refusalOf(() => readEditSites(other))).code).toBe('edit');
  });

  it('gives the same file each time, which is plain safetensors', async () => {
    expect(await bytesOf(edit)).toEqual(await bytesOf(edit));
    const file = await openSafetensors(memorySource(await bytesOf(edit)));
    expect([...file.tensors.keys()]).toEqual([
      'layers.0.mlp.gate_proj.delta',
      'layers.1.mlp.up_proj.u',
      'layers.1.mlp.up_proj.v',
    ]);
    expect(file.metadata.format).toBe('mokus-edit');
  });

  it('is refused on another base model, by name', async () => {
    const source = memorySource(await bytesOf(edit), 'edit.safetensors');
    const error = await refusalOf(() => readEdit(source, { baseModel: 'b'.repeat(64) }));
    expect(error.code).toBe('base-model');
    expect(error.message).toMatch(
      /edit\.safetensors was made on the base model aaaa.*this one is bbbb.*load the checkpoint/,
    );
  });

  it.each([
    ['no site', new Map(), 'edit'],
    ['a NaN', new Map([['s', { ...dense, delta: Float32Array.of(1, Number.NaN) }]]), 'edit'],
    ['an infinity', new Map([['s', { ...lowRank, u: Float32Array.of(1, Number.POSITIVE_INFINITY, 2) }]]), 'edit'],
    ['a wrong length', new Map([['s', { ...lowRank, v: Float32Array.of(1) }]]), 'edit'],
    ['rank 0', new Map([['s', { ...lowRank, rank: 0, u: new Float32Array(0), v: new Float32Array(0) }]]), 'edit'],
    ['a site without a name', new Map([['', dense]]), 'edit'],
    ['a site that is no text', new Map([['\ud800', dense]]), 'edit'],
  ] as const)('with %s is not saved', async (_, sites, code) => {
    const folder = await temporaryFolder();
    const error = await refusalOf(() => saveEdit(join(folder, 'e'), { provenance, sites: new Map(sites) }));
    expect(error.code).toBe(code);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    ['the path behind it', edit, 'edit.safetensors', 'edit', '"edit.safetensors" is none'],
    ['nothing', 'edit.safetensors', undefined, 'edit', 'undefined is none'],
    ['a LoRA', 'edit.safetensors', { modules: new Map() }, 'edit', 'an object is none'],
    ['no path', undefined, edit, 'input', 'a path is a text or a file: URL, not undefined'],
  ] as const)('is saved to a path, and says so to whom hands over %s', async (_, path, saved, code, found) => {
    const error = await refusalOf(() => saveEdit(path as unknown as string, saved as unknown as Edit));
    expect(error.code).toBe(code);
    expect(error.message).toContain(found);
    if (code === 'edit') expect(error.message).toContain('to saveEdit behind the path');
  });
});

describe('writing', () => {
  const path = async (): Promise<string> => join(await temporaryFolder(), 'e.safetensors');

  it('leaves what was there when it fails or is cancelled, and no other file', async () => {
    const target = await path();
    await writeFile(target, 'old');
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield Uint8Array.of(1);
      throw new RangeError('from the data');
    };
    await expect(writeFileWhole(target, failing())).rejects.toThrow('from the data');
    const error = await refusalOf(() => saveEdit(target, edit, { signal: AbortSignal.abort() }));
    expect(error.code).toBe('cancelled');
    expect(await readdir(join(target, '..'))).toEqual(['e.safetensors']);
    expect(await readFile(target, 'utf8')).toBe('old');
  });

  it('replaces a file, and a link but not what it leads to', async () => {
    const target = await path();
    await writeFile(`${target}.other`, 'kept');
    await symlink(`${target}.other`, target);
    await saveEdit(target, edit);
    await saveEdit(target, edit);
    expect(await readFile(`${target}.other`, 'utf8')).toBe('kept');
    expect((await loadEdit(target)).sites.size).toBe(2);
    expect((await readdir(join(target, '..'))).length).toBe(2);
  });

  it('into a folder that is missing says so', async () => {
    const target = join(await temporaryFolder(), 'missing/e.safetensors');
    const error = await refusalOf(() => saveEdit(target, edit));
    expect(error).toMatchObject({ code: 'disk', details: { file: target } });
    expect(error.message).toContain('cannot be written');
  });
});

describe('a hostile edit file', () => {
  const good = async (): Promise<{ metadata: Record<string, string>; tensors: TensorToWrite[] }> => {
    const file = await openSafetensors(memorySource(await bytesOf(edit)));
    const tensors = [...file.tensors.values()].map(async ({ name, dtype, shape }) => ({
      name,
      dtype,
      shape,
      data: await file.read(name),
    }));
    return { metadata: { ...file.metadata }, tensors: await Promise.all(tensors) };
  };
  const read = async (metadata: Record<string, string>, tensors: TensorToWrite[]): Promise<Edit> =>
    readEdit(memorySource(await writeSafetensors(tensors, { metadata }), 'hostile'));
  const withProvenance = (change: object): Record<string, string> => ({
    provenance: JSON.stringify({ ...provenance, ...change }),
  });
  const { options: _, ...withoutOptions } = provenance;

  it.each([
    ['another format', { format: 'pt' }, /no edit/],
    ['a newer version', { version: '2' }, /update it/],
    ['provenance that is no JSON', { provenance: '{' }, /not JSON/],
    ['provenance that is no object', { provenance: '[]' }, /no object/],
    ['no editor', withProvenance({ editor: 1 }), /editor in its provenance is no text/],
    ['no fingerprint', withProvenance({ baseModel: '' }), /baseModel/],
    ['an unknown template', withProvenance({ template: 'constructor' }), /template/],
    ['requests that are no list', withProvenance({ requests: {} }), /requests/],
    ['a request without an answer', withProvenance({ requests: [{ question: 'x' }] }), /requests\[0\]\.answer/],
    [
      'a request with wrong paraphrases',
      withProvenance({ requests: [{ question: 'x', answer: 'y', paraphrases: [1] }] }),
      /requests\[0\]\.paraphrases/,
    ],
    ['versions that are no texts', withProvenance({ versions: { a: 1 } }), /versions/],
    ['sites that are no JSON', { sites: '[' }, /no JSON/],
    ['sites that are no list', { sites: '{}' }, /no list of sites/],
    ['no sites', { sites: '[]' }, /changes no site/],
    ['a site twice', { sites: '["layers.1.mlp.up_proj","layers.1.mlp.up_proj"]' }, /twice/],
    ['a site without tensors', { sites: '["layers.9"]' }, /layers\.9\.u/],
    ['a tensor of no site', { sites: '["layers.1.mlp.up_proj"]' }, /1 tensors that belong to no site/],
  ] as const)('with %s is refused', async (_name, change, message) => {
    const { metadata, tensors } = await good();
    const error = await refusalOf(() => read({ ...metadata, ...change }, tensors));
    expect(error.message).toMatch(message);
    expect(error.message).toContain('hostile');
  });

  it.each([
    ['of another dtype', { dtype: 'F16', data: new Uint8Array(2) }],
    ['that is not finite', { data: fromFloats(Float32Array.of(Number.NaN), 'F32') }],
  ] as const)('whose site, %s, would paint the terminal is refused in few plain words', async (_name, change) => {
    const { metadata } = await good();
    const site = `\u001b[31m${'x'.repeat(10_000)}`;
    const tensor = { name: `${site}.delta`, dtype: 'F32' as const, shape: [1, 1], ...change };
    const error = await refusalOf(() => read({ ...metadata, sites: JSON.stringify([site]) }, [tensor]));
    expect(error.code).toBe('edit');
    expect(error.message).toMatch(/\\u001b\[31mx/);
    expect(error.message).not.toContain('\u001b');
    expect(error.message.length).toBeLessThan(400);
  });

  it('without options is read, with null for them', async () => {
    const { metadata, tensors } = await good();
    const loaded = await read({ ...metadata, provenance: JSON.stringify(withoutOptions) }, tensors);
    expect(loaded.provenance.options).toBeNull();
  });

  it.each([
    [
      'a NaN',
      { shape: [3, 1], data: fromFloats(Float32Array.of(1, Number.NaN, 2), 'F32') },
      /U \[3, 1\] is NaN at row 1/,
    ],
    ['another dtype', { dtype: 'F16', shape: [3, 1], data: new Uint8Array(6) }, /F16 \[3, 1\]; expected an F32 matrix/],
    ['a vector', { shape: [3] }, /\[3\]; expected an F32 matrix/],
    ['another rank', { shape: [1, 3] }, /ranks differ/],
    ['nothing in it', { shape: [0, 1], data: new Uint8Array(0) }, /whole number from 1/],
  ] as const)('whose U has %s is refused', async (_name, change, message) => {
    const { metadata, tensors } = await good();
    const changed = tensors.map((tensor) => (tensor.name.endsWith('.u') ? { ...tensor, ...change } : tensor));
    expect((await refusalOf(() => read(metadata, changed))).message).toMatch(message);
  });

  it('with any byte changed is refused with a typed error, or read as a whole edit', async () => {
    const bytes = await bytesOf(edit);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(255), async (at, value) => {
        const changed = bytes.slice();
        changed[at] = value;
        try {
          const { sites } = await readEdit(memorySource(changed, 'hostile'));
          expect(sites.size).toBe(2);
        } catch (error) {
          expect(await refusalOf(() => Promise.reject(error))).toBeDefined();
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
