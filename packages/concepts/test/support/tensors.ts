import { readFile } from 'node:fs/promises';
import { boolTensor, f32Tensor, type HostTensor } from '@mokus/core';
import { memorySource, openSafetensors, toFloat32Array } from '@mokus/safetensors';

/** The tensors of `fixtures/NAME.safetensors`. */
export async function fixtureTensors(name: string): Promise<{
  readonly names: readonly string[];
  f32(name: string): Promise<HostTensor<'f32'>>;
  bool(name: string): Promise<HostTensor<'bool'>>;
}> {
  const file = await openSafetensors(
    memorySource(await readFile(new URL(`../fixtures/${name}.safetensors`, import.meta.url)), name),
  );
  return {
    names: [...file.tensors.keys()],
    f32: async (tensor) => f32Tensor(file.entry(tensor).shape, toFloat32Array(await file.read(tensor), 'F32')),
    bool: async (tensor) => boolTensor(file.entry(tensor).shape, Uint8Array.from(await file.read(tensor))),
  };
}

/** Largest difference as a share of the largest expected magnitude. */
export { relativeError } from '../../../models/test/support/fixtures.js';
