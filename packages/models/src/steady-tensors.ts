import type { HostTensor } from '@mokus/core';

const known = new WeakSet<HostTensor>();

/**
 * Says of a tensor that this package made that its numbers never change: what is fed it again may find it on the device.
 * Returns it.
 */
export function steady<Given extends HostTensor>(tensor: Given): Given {
  known.add(tensor);
  return tensor;
}

export function isSteady(tensor: HostTensor): boolean {
  return known.has(tensor);
}

const copies = new WeakMap<HostTensor, HostTensor>();

/**
 * A steady copy of a caller's tensor, the same one for as long as its numbers are the same: they are compared, for a caller
 * may write others into the array, at a thousandth of what a model takes that reads them.
 */
export function steadyCopy(tensor: HostTensor<'f32'>): HostTensor<'f32'> {
  const copy = copies.get(tensor) as HostTensor<'f32'> | undefined;
  if (copy?.data.every((value, at) => Object.is(value, tensor.data[at]))) return copy;
  const made = steady({ ...tensor, data: tensor.data.slice() });
  copies.set(tensor, made);
  return made;
}
