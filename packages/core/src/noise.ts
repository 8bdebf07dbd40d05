import { mersenne } from 'pure-rand/generator/mersenne';
import { MokusError } from './errors.js';

/** A stream of random numbers that a seed decides, the same in every runtime and on every backend. */
export interface NoiseGenerator {
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number;
  /** Standard normal, float64. */
  normal(): number;
  /** `count` standard normals, each rounded from float64. */
  normals(count: number): Float32Array;
}

/**
 * Mersenne Twister 19937 seeded with a 32-bit number, two 32-bit draws to a uniform, and Box-Muller in float64: cosine
 * first, sine second, of the pair (u1, u2) with radius sqrt(-2 ln(1 - u1)). The uniforms are those of numpy's
 * `RandomState(seed).random_sample()`, so noise can be made again in Python. Torch's seeds give other noise.
 *
 * The twister is chosen for its seeding: neighbouring seeds give unrelated streams, and pictures of a batch are drawn
 * with neighbouring seeds.
 *
 * Throws MokusError `input` unless the seed is a whole number in [0, 2^32).
 */
export function seededNoise(seed: number): NoiseGenerator {
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
    throw new MokusError('input', `a seed is a whole number from 0 to 4294967295, got ${seed}`, { field: 'seed' });
  }
  const generator = mersenne(seed);
  let spare: number | undefined;
  const uniform = (): number => {
    const high = generator.next() >>> 5;
    const low = generator.next() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  };
  const normal = (): number => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  return { uniform, normal, normals: (count) => Float32Array.from({ length: count }, normal) };
}
