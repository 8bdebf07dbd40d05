import { cpuBackend } from '@mokus/backend-cpu';
import { type Backend, MokusError } from '@mokus/core';
import { describe, expect, it } from 'vitest';
import { Cholesky } from '../../src/solvers/cholesky.js';
import { LargeSolver } from '../../src/solvers/large-solver.js';
import { momentRidge } from '../../src/solvers/ridge.js';
import { Spectrum } from '../../src/solvers/spectrum.js';
import { exactUpTo, symmetricSolver } from '../../src/solvers/symmetric-solver.js';
import { gramOf, relativeError } from '../support/fixtures.js';

const size = 60;
/** Keys whose directions differ in strength, as captured ones do. */
const keys = Array.from({ length: 80 }, (_, row) =>
  Array.from({ length: size }, (_, column) => Math.sin(1 + row * 3.1 + column ** 1.7) / (1 + column / 4)),
);
const rows = Float64Array.from({ length: 4 * size }, (_, index) => Math.cos(index * 1.7));
const gram = gramOf(keys);
const onCpu = cpuBackend({ threads: 1 });

/** A backend whose runs and modules that live are counted. */
function counted(): { readonly backend: Backend; readonly count: { runs: number; modules: number } } {
  const count = { runs: 0, modules: 0 };
  const backend: Backend = {
    name: onCpu.name,
    capabilities: () => onCpu.capabilities(),
    async load(...given) {
      const module = await onCpu.load(...given);
      count.modules++;
      return {
        programs: module.programs,
        run: (...run) => {
          count.runs++;
          return module.run(...run);
        },
        add: (...programs) => module.add(...programs),
        release: () => module.release(),
        dispose: async () => {
          count.modules--;
          await module.dispose();
        },
      };
    },
  };
  return { backend, count };
}

function solver(lambda: number, scale = 2): LargeSolver {
  return new LargeSolver({ matrix: gram, size, scale, shift: lambda, what: 'lambda I + mu C' });
}

function exact(lambda: number, scale = 2): Float64Array {
  const matrix = gram.map((value) => scale * value);
  for (let index = 0; index < size; index++) matrix[index * size + index]! += lambda;
  return Cholesky.factor(matrix, size, 'A').solveRows(rows);
}

describe('a solver without a factorisation', () => {
  it.each([0.1, 1e-3])('solves on the host as Cholesky does, with lambda %s', async (lambda) => {
    // Measured 1e-12 and 3e-12.
    expect(relativeError(await solver(lambda).solveRows(rows), exact(lambda))).toBeLessThan(1e-10);
  });

  it.each([0.1, 1e-3])('solves as exactly with a backend that multiplies in fp32, with lambda %s', async (lambda) => {
    const { backend, count } = counted();
    expect(relativeError(await solver(lambda).solveRows(rows, { backend }), exact(lambda))).toBeLessThan(1e-10);
    expect(count.runs).toBeGreaterThan(20);
    expect(count.modules).toBe(0);
  });

  it('solves on the host what fp32 brings no further', async () => {
    const { backend, count } = counted();
    // Singular once it is rounded.
    const matrix = Float64Array.of(1, 1 - 1e-9, 1 - 1e-9, 1);
    const nearly = new LargeSolver({ matrix, size: 2, scale: 1, shift: 0, what: 'A' });
    const solved = await nearly.solveRows(Float64Array.of(1, -1), { backend });
    expect(count.runs).toBeGreaterThan(0);
    expect(relativeError(solved, [1e9, -1e9])).toBeLessThan(1e-6);
  });

  it('solves on the host where a backend cannot hold the matrix', async () => {
    const backend: Backend = {
      ...onCpu,
      load: () => Promise.reject(new MokusError('unsupported', 'the matrix is larger than a binding may be')),
    };
    expect(await solver(0.1).solveRows(rows, { backend })).toEqual(await solver(0.1).solveRows(rows));
  });

  it.each([undefined, onCpu])('gives zeros for a row of zeros', async (backend) => {
    const matrix = Float64Array.of(2, 1, 1, 2);
    const small = new LargeSolver({ matrix, size: 2, scale: 1, shift: 0, what: 'A' });
    const solved = await small.solveRows(Float64Array.of(0, 0, 3, 3), { backend });
    expect([...solved.subarray(0, 2)]).toEqual([0, 0]);
    expect(relativeError(solved.subarray(2), [1, 1])).toBeLessThan(1e-12);
  });

  it.each([
    ['indefinite', [1, 2, 2, 1], /a curvature is -2/],
    ['not finite', [1, Number.NaN, Number.NaN, 1], /a curvature is NaN/],
    ['singular', [1, 1, 1, 1], /a curvature is 0/],
  ])('refuses a matrix that is %s, naming it', async (_, values, message) => {
    const refusing = new LargeSolver({
      matrix: Float64Array.from(values),
      size: 2,
      scale: 1,
      shift: 0,
      what: 'lambda I + mu C',
    });
    for (const backend of [undefined, onCpu]) {
      const refused = refusing.solveRows(Float64Array.of(1, -1), { backend });
      await expect(refused).rejects.toThrow(MokusError);
      await expect(refused).rejects.toThrow(/lambda I \+ mu C \[2, 2\]/);
      await expect(refused).rejects.toThrow(message);
    }
  });

  it('is cancelled between two products, and leaves nothing on the backend', async () => {
    const { backend, count } = counted();
    const stop = new AbortController();
    const solved = solver(0.1).solveRows(rows, {
      backend: {
        ...backend,
        async load(...given) {
          const module = await backend.load(...given);
          const run: typeof module.run = (...each) => {
            if (count.runs === 3) stop.abort();
            return module.run(...each);
          };
          return { ...module, run };
        },
      },
      signal: stop.signal,
    });
    await expect(solved).rejects.toMatchObject({ code: 'cancelled' });
    expect(count).toEqual({ runs: 4, modules: 0 });
    await expect(solver(0.1).solveRows(rows, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });
});

describe('a matrix', () => {
  it('is factored up to 4,096 rows', () => {
    expect(symmetricSolver(Float64Array.of(1), 1, 'A')).toBeInstanceOf(Cholesky);
    expect(exactUpTo).toBe(4096);
  });

  it('of more rows is solved with by products, and not decomposed', async () => {
    const large = exactUpTo + 4;
    const moment = new Float64Array(large * large);
    for (let row = 0; row < large; row++) {
      moment[row * large + row] = 1 + (row % 7);
      if (row > 0) moment[row * large + row - 1] = moment[(row - 1) * large + row] = 0.3;
    }
    const key = Float64Array.from({ length: large }, (_, index) => Math.sin(index));
    const { backend, count } = counted();
    const solution = await momentRidge(moment, large, 0.5, 2).apply(key, { backend });
    const back = solution.map(
      (value, row) => (0.5 + 2 * (1 + (row % 7))) * value + 0.6 * ((solution[row - 1] ?? 0) + (solution[row + 1] ?? 0)),
    );
    expect(relativeError(back, key)).toBeLessThan(1e-11);
    expect(count.runs).toBeGreaterThan(10);
    expect(() => new Spectrum(moment, large)).toThrow(/would take days.*use memit with mu = /);
  });
});
