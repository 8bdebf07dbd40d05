import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { boolTensor, f32Tensor, type HostTensor, type Json, type WeightStore } from '@mokus/core';
import { memorySource, openSafetensors, toFloat32Array } from '@mokus/safetensors';

const fixtures = new URL('../fixtures/', import.meta.url);
const model = new URL('tiny-qwen-image/', fixtures);

/** A JSON file of the tiny model, such as `vae/config.json`. */
export async function readModelJson(path: string): Promise<Json> {
  return JSON.parse(await readFile(new URL(path, model), 'utf8'));
}

/** The tensors of a component of the tiny model. */
export async function componentWeights(component: string): Promise<WeightStore> {
  const file = component === 'text_encoder' ? 'model' : 'diffusion_pytorch_model';
  return fileWeights(`tiny-qwen-image/${component}/${file}.safetensors`);
}

/** The tensors of one .safetensors file of the fixtures. */
export async function fileWeights(file: string): Promise<WeightStore> {
  const path = fileURLToPath(new URL(file, fixtures));
  const bytes = await readFile(path);
  const source = { ...memorySource(bytes, path), filePath: path };
  const { tensors } = await openSafetensors(source);
  return {
    name: file,
    names: () => tensors.keys(),
    get: (name) => {
      const entry = tensors.get(name);
      if (entry?.dtype !== 'F32') return undefined;
      return { name, dtype: 'f32', shape: entry.shape, source, offset: entry.offset, length: entry.length };
    },
  };
}

/** A JSON file of what the Python reference computed. */
export async function expectedJson<T>(name: string): Promise<T> {
  return JSON.parse(await readFile(new URL(`expected/${name}.json`, fixtures), 'utf8'));
}

export interface ExpectedTensors {
  f32(name: string): HostTensor<'f32'>;
  bool(name: string): HostTensor<'bool'>;
  bytes(name: string): Uint8Array;
}

/** What the Python reference computed: `fixtures/FOLDER/NAME.safetensors`. */
export async function expectedTensors(name: string, folder = 'expected'): Promise<ExpectedTensors> {
  const path = new URL(`${folder}/${name}.safetensors`, fixtures);
  const file = await openSafetensors(memorySource(await readFile(path), name));
  const read = new Map<string, Uint8Array>();
  for (const tensor of file.tensors.keys()) read.set(tensor, await file.read(tensor));
  const bytes = (tensor: string): Uint8Array => {
    const found = read.get(tensor);
    if (found === undefined) throw new Error(`${name}.safetensors has no ${tensor}`);
    return found;
  };
  return {
    bytes,
    f32: (tensor) => f32Tensor(file.entry(tensor).shape, toFloat32Array(bytes(tensor), file.entry(tensor).dtype)),
    bool: (tensor) => boolTensor(file.entry(tensor).shape, Uint8Array.from(bytes(tensor))),
  };
}

/** Largest difference as a share of the largest expected magnitude. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) throw new Error(`${actual.length} values, expected ${expected.length}`);
  let difference = 0;
  let magnitude = 0;
  for (let index = 0; index < expected.length; index++) {
    // Math.max keeps a NaN, so one that creeps in fails every comparison.
    difference = Math.max(difference, Math.abs((actual[index] as number) - (expected[index] as number)));
    magnitude = Math.max(magnitude, Math.abs(expected[index] as number));
  }
  return difference / magnitude;
}
