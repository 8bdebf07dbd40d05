/** Values of the tensor types that this GGUF file has, in f32: the same as ggml's reference dequantisation. */
import { fromF16 } from '@mokus/safetensors';

/** How a type is stored: blocks of so many values in so many bytes. */
interface BlockType {
  readonly values: number;
  readonly bytes: number;
  /** Writes one block's values. */
  readonly read: (view: DataView, at: number, into: Float32Array, start: number) => void;
}

const blockTypes: Readonly<Record<number, BlockType>> = {
  /** F32 */
  0: {
    values: 1,
    bytes: 4,
    read: (view, at, into, start) => {
      into[start] = view.getFloat32(at, true);
    },
  },
  /** Q4_1: scale and minimum as f16, then 32 numbers of 4 bits; a byte holds numbers i and i + 16. */
  3: {
    values: 32,
    bytes: 20,
    read: (view, at, into, start) => {
      const scale = fromF16(view.getUint16(at, true));
      const minimum = fromF16(view.getUint16(at + 2, true));
      for (let index = 0; index < 16; index++) {
        const byte = view.getUint8(at + 4 + index);
        into[start + index] = (byte & 15) * scale + minimum;
        into[start + index + 16] = (byte >> 4) * scale + minimum;
      }
    },
  },
  /** Q8_0: a scale as f16, then 32 signed bytes. */
  8: {
    values: 32,
    bytes: 34,
    read: (view, at, into, start) => {
      const scale = fromF16(view.getUint16(at, true));
      for (let index = 0; index < 32; index++) into[start + index] = view.getInt8(at + 2 + index) * scale;
    },
  },
};

/**
 * `count` values that start at byte `offset`.
 *
 * @throws Error for another ggml_type, or a count that is no whole number of blocks
 */
export function dequantise(bytes: Uint8Array, type: number, offset: number, count: number): Float32Array {
  const block = blockTypes[type];
  if (block === undefined) throw new Error(`ggml_type ${type} is not read here`);
  if (count % block.values !== 0) throw new Error(`${count} values are no whole blocks of ${block.values}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const result = new Float32Array(count);
  for (let index = 0; index < count / block.values; index++) {
    block.read(view, offset + index * block.bytes, result, index * block.values);
  }
  return result;
}
