import type { TensorToWrite } from '@mokus/safetensors';

/**
 * Numbers that need no file: tools/models-fixtures/fullwidth.py (`filled`) defines them and makes the same. Element i of
 * a tensor is entry h(i) >> 24 of a table of 256 values that bf16 holds exactly, h being MurmurHash3's 32-bit finaliser of
 * i * 0x9E3779B1 + FNV-1a(name).
 */
export function filled(name: string, shape: readonly number[]): Float32Array {
  const table = tableOf(name, shape);
  const values = new Float32Array(sizeOf(shape));
  draw(name, 0, values.length, (index, entry) => {
    values[index] = table[entry] as number;
  });
  return values;
}

/** The same tensor to be written as bf16, made piece by piece. */
export function filledTensor(name: string, shape: readonly number[]): TensorToWrite {
  const table = tableOf(name, shape);
  // A bf16 is the upper half of the f32, and these lose nothing.
  const bits = new Uint16Array(table.length);
  new Uint32Array(table.buffer).forEach((whole, entry) => {
    bits[entry] = whole >>> 16;
  });
  async function* pieces(): AsyncGenerator<Uint8Array> {
    const size = sizeOf(shape);
    for (let start = 0; start < size; start += pieceElements) {
      const piece = new Uint16Array(Math.min(pieceElements, size - start));
      draw(name, start, piece.length, (index, entry) => {
        piece[index] = bits[entry] as number;
      });
      yield new Uint8Array(piece.buffer);
    }
  }
  return { name, dtype: 'BF16', shape, data: pieces };
}

const pieceElements = 2 ** 22;

/** Calls with each index of a run of elements and its entry of the table. */
function draw(name: string, start: number, count: number, take: (index: number, entry: number) => void): void {
  const seed = hashOf(name);
  for (let index = 0; index < count; index++) {
    let h = (Math.imul(start + index, 0x9e3779b1) + seed) | 0;
    h ^= h >>> 16;
    h = Math.imul(h, 0x85ebca6b);
    h ^= h >>> 13;
    h = Math.imul(h, 0xc2b2ae35);
    h ^= h >>> 16;
    take(index, h >>> 24);
  }
}

/** Weights of norms around 1, biases around 0, matrices of about 1 / sqrt(columns). */
function tableOf(name: string, shape: readonly number[]): Float32Array {
  const isVector = shape.length === 1;
  if (isVector && name.endsWith('.weight')) {
    return Float32Array.from({ length: 256 }, (_, n) => (64 + Math.floor(n / 2)) / 128);
  }
  const columns = shape.at(-1) ?? 1;
  const exponent = isVector ? -10 : -Math.round(Math.log2(147.5 * Math.sqrt(columns)));
  return Float32Array.from({ length: 256 }, (_, n) => (2 * n - 255) * 2 ** exponent);
}

function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, each) => product * each, 1);
}
