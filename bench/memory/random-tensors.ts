import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fromFloats, streamSafetensors, type TensorToWrite, toBytes } from '@mokus/safetensors';

export type FilledDType = 'F32' | 'BF16';

const chunkElements = 2 ** 20;

/** Fills a folder that is not there yet, under another name until it is whole, and returns its path. */
export async function writtenOnce(target: string, write: (folder: string) => Promise<void>): Promise<string> {
  const exists = await stat(target).then(
    () => true,
    () => false,
  );
  if (exists) return target;
  const partial = `${target}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  await write(partial);
  await rename(partial, target);
  return target;
}

/** A network's config and its tensors, in `file`.safetensors. */
export async function writeNetwork(
  folder: string,
  file: string,
  config: object,
  tensors: Iterable<TensorToWrite>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}/config.json`, JSON.stringify(config, null, 2));
  await pipeline(
    Readable.from(streamSafetensors([...tensors]).chunks()),
    createWriteStream(`${folder}/${file}.safetensors`),
  );
}

export function constant(name: string, dtype: FilledDType, size: number, value: number): TensorToWrite {
  const values = new Float32Array(size).fill(value);
  return { name, dtype, shape: [size], data: dtype === 'F32' ? toBytes(values) : fromFloats(values, dtype) };
}

export function randomMatrix(name: string, dtype: FilledDType, shape: readonly number[], seed: number): TensorToWrite {
  return { name, dtype, shape, data: randomBytes(seed, shape, dtype) };
}

/** Uniform numbers of variance 1 / dIn (Marsaglia's xorshift32), a piece at a time. */
function randomBytes(seed: number, shape: readonly number[], dtype: FilledDType) {
  return async function* (): AsyncGenerator<Uint8Array> {
    const scale = Math.sqrt(12 / (shape.at(-1) ?? 1)) / 2 ** 32;
    let state = Math.imul(seed, 0x9e3779b1) | 1;
    const total = shape.reduce((product, each) => product * each, 1);
    for (let done = 0; done < total; done += chunkElements) {
      const values = new Float32Array(Math.min(chunkElements, total - done));
      for (let index = 0; index < values.length; index++) {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        values[index] = state * scale;
      }
      yield dtype === 'F32' ? toBytes(values) : fromFloats(values, dtype);
    }
  };
}
