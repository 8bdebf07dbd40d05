import {
  type AdamMoments,
  type ByteSource,
  describeJson,
  type LoraAdapter,
  type LoraModule,
  MokusError,
} from '@mokus/core';
import {
  openSafetensors,
  SafetensorsError,
  type SafetensorsFile,
  type SafetensorsStream,
  streamSafetensors,
  type TensorToWrite,
  toBytes,
  toFloat32Array,
} from '@mokus/safetensors';

/** A run between two steps. Batches, noise levels and noise follow from the seed and the number of the step. */
export interface LearningState {
  /** Steps done. */
  readonly step: number;
  readonly adapter: LoraAdapter;
  readonly moments: ReadonlyMap<string, AdamMoments>;
}

/** Its name in a store. */
export const learningFile = 'learning.safetensors';

const format = 'mokus-learning';
const version = '1';

/**
 * A state as a .safetensors file, ready to be written in pieces: the factors and the two moments of each, F32, and in the
 * metadata the step and the description of the run that it belongs to.
 */
export function encodeLearningState({ step, adapter, moments }: LearningState, run: string): SafetensorsStream {
  const tensors: TensorToWrite[] = [];
  const add = (name: string, shape: readonly number[], values: Float32Array): void => {
    tensors.push({ name, dtype: 'F32', shape, data: toBytes(values) });
  };
  for (const [site, module] of adapter.modules) {
    for (const [part, { shape, values }] of Object.entries(factorsOf(module))) {
      add(`${part}.${site}`, shape, values);
      const state = moments.get(`${part}.${site}`);
      if (state === undefined) continue;
      add(`first.${part}.${site}`, shape, state.first);
      add(`second.${part}.${site}`, shape, state.second);
    }
  }
  return streamSafetensors(tensors, { metadata: { format, version, step: String(step), run } });
}

/**
 * Reads a state into the form of a run that begins with `initial`. Throws MokusError `checkpoint` (damaged, of another
 * form or shape), `input` (of a run with other settings or pictures).
 */
export async function decodeLearningState(
  source: ByteSource,
  initial: LoraAdapter,
  run: string,
): Promise<LearningState> {
  const refuse = (problem: string): MokusError =>
    new MokusError('checkpoint', `the kept state of learning ${problem}; delete it to begin anew`, { field: 'store' });
  const file = await openState(source, refuse);
  const { metadata } = file;
  if (metadata.format !== format || metadata.version !== version) throw refuse('is no learning state of this version');
  if (metadata.run !== run) {
    throw new MokusError(
      'input',
      'the kept state of learning is of a run with other settings, captions or pictures; give this run a place of its own, or delete it',
      { field: 'store' },
    );
  }
  const step = Number(metadata.step);
  if (!Number.isSafeInteger(step) || step < 1) throw refuse(`says step ${describeJson(metadata.step)}`);
  const read = async (name: string, shape: readonly number[]): Promise<Float32Array> => {
    const entry = file.tensors.get(name);
    if (entry === undefined) throw refuse(`holds no "${name}"`);
    if (entry.dtype !== 'F32' || entry.shape.join() !== shape.join()) {
      throw refuse(`holds "${name}" as ${entry.dtype} [${entry.shape.join(', ')}], expected F32 [${shape.join(', ')}]`);
    }
    const values = toFloat32Array(await file.read(name), 'F32');
    if (!values.every(Number.isFinite)) throw refuse(`holds a number in "${name}" that is not finite`);
    return values;
  };
  const modules = new Map<string, LoraModule>();
  const moments = new Map<string, AdamMoments>();
  for (const [site, module] of initial.modules) {
    const found: Record<string, Float32Array> = {};
    for (const [part, { shape }] of Object.entries(factorsOf(module))) {
      const name = `${part}.${site}`;
      found[part] = await read(name, shape);
      const [first, second] = [await read(`first.${name}`, shape), await read(`second.${name}`, shape)];
      moments.set(name, { first, second, steps: step });
    }
    modules.set(site, { ...module, ...(found as { down: Float32Array; up: Float32Array }) });
  }
  return { step, adapter: { modules }, moments };
}

async function openState(source: ByteSource, refuse: (problem: string) => MokusError): Promise<SafetensorsFile> {
  try {
    return await openSafetensors(source);
  } catch (error) {
    if (!SafetensorsError.isInstance(error)) throw error;
    throw refuse(`is damaged (${error.message})`);
  }
}

function factorsOf({
  dOut,
  dIn,
  rank,
  down,
  up,
}: LoraModule): Readonly<Record<'down' | 'up', { readonly shape: readonly number[]; readonly values: Float32Array }>> {
  return { down: { shape: [rank, dIn], values: down }, up: { shape: [dOut, rank], values: up } };
}
