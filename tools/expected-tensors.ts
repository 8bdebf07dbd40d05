import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostTensor } from '@mokus/core';
import { type TensorToWrite, toBytes, writeSafetensors } from '@mokus/safetensors';

/** What a pipeline computed, for a check in Python that computes it too (`load_expected` of diffusers_check.py). */
export class ExpectedTensors {
  readonly #tensors: TensorToWrite[] = [];

  /** The tensor under a name, copied. */
  keep(name: string, { shape, data }: Pick<HostTensor<'f32'>, 'shape' | 'data'>): void {
    this.#tensors.push({ name, dtype: 'F32', shape, data: toBytes(data.slice()) });
  }

  /** Writes `folder`/expected.safetensors. */
  async write(folder: string): Promise<void> {
    await writeFile(join(folder, 'expected.safetensors'), await writeSafetensors(this.#tensors));
  }
}
