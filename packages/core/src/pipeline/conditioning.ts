import { MokusError } from '../errors.js';
import { boolTensor, f32Tensor } from '../tensor.js';
import type { Conditioning } from '../text-encoder.js';
import { requireHostTensor } from './argument-checks.js';

/** Each prompt's conditioning `times` times, next to each other; a mask that masks nothing is left out. */
export function repeatConditioning({ hiddenStates, mask }: Conditioning, times: number): Conditioning {
  const [batch, length, size] = hiddenStates.shape as [number, number, number];
  const repeated = new Float32Array(hiddenStates.data.length * times);
  const repeatedMask = new Uint8Array(batch * times * length).fill(1);
  for (let target = 0; target < batch * times; target++) {
    const source = Math.floor(target / times);
    const rows = hiddenStates.data.subarray(source * length * size, (source + 1) * length * size);
    repeated.set(rows, target * length * size);
    if (mask !== undefined)
      repeatedMask.set(mask.data.subarray(source * length, (source + 1) * length), target * length);
  }
  return {
    hiddenStates: f32Tensor([batch * times, length, size], repeated),
    mask: repeatedMask.every(Boolean) ? undefined : boolTensor([batch * times, length], repeatedMask),
  };
}

/** Throws MokusError `input` for a conditioning that a transformer of this conditioning size cannot take. */
export function requireConditioning(name: string, { hiddenStates, mask }: Conditioning, size: number): void {
  requireHostTensor(name, `hiddenStates of ${name}`, hiddenStates, 'f32');
  if (mask !== undefined) requireHostTensor(name, `mask of ${name}`, mask, 'bool');
  const [batch, length] = hiddenStates.shape;
  if (hiddenStates.shape.length !== 3 || !batch || !length || hiddenStates.shape[2] !== size) {
    const got = `[${hiddenStates.shape.join(', ')}]`;
    throw new MokusError('input', `${name}: hidden states are [batch, length, ${size}], got ${got}`, { field: name });
  }
  if (mask !== undefined && (mask.shape.length !== 2 || mask.shape[0] !== batch || mask.shape[1] !== length)) {
    const got = `[${mask.shape.join(', ')}]`;
    throw new MokusError('input', `${name}: the mask is [${batch}, ${length}], got ${got}`, { field: name });
  }
}
