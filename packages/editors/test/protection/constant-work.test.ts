/** An edit with a history does what the edit before it did, however many came before: calls and solved rows are counted. */
import type { Editor, EditRequest, TextEncoder } from '@mokus/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { alphaEdit, answerObjective, createKeyHistory, memit, secondMoments, ultraEdit } from '../../src/index.js';
import { Cholesky } from '../../src/solvers/cholesky.js';
import { LargeSolver } from '../../src/solvers/large-solver.js';
import { largeRidge, protectedRidge } from '../../src/solvers/ridge.js';
import { testEncoder } from '../support/encoder.js';
import { gramOf, relativeError } from '../support/fixtures.js';

afterEach(() => vi.restoreAllMocks());

/** How often something was done, by its name. */
type Counts = Record<string, number>;

/** Counts the encoder's calls by name. */
function countedEncoder(encoder: TextEncoder, counts: Counts): TextEncoder {
  return new Proxy(encoder, {
    get(target, name) {
      const value = Reflect.get(target, name, target) as unknown;
      if (typeof value !== 'function') return value;
      return (...given: unknown[]): unknown => {
        counts[String(name)] = (counts[String(name)] ?? 0) + 1;
        return value.apply(target, given);
      };
    },
  });
}

/** Counts rows that go through a solver, and factorisations, by the size of the matrix. */
function countSolves(counts: Counts): void {
  const count = (name: string, by: number): void => {
    counts[name] = (counts[name] ?? 0) + by;
  };
  const { solveRows, plus } = Cholesky.prototype;
  const factor = Cholesky.factor.bind(Cholesky);
  vi.spyOn(Cholesky.prototype, 'solveRows').mockImplementation(function (this: Cholesky, rows) {
    count(`solved of ${this.size}`, rows.length / this.size);
    return solveRows.call(this, rows);
  });
  vi.spyOn(Cholesky.prototype, 'plus').mockImplementation(function (this: Cholesky, keys) {
    count(`worked into ${this.size}`, keys.length / this.size);
    return plus.call(this, keys);
  });
  vi.spyOn(Cholesky, 'factor').mockImplementation((matrix, size, what) => {
    count(`factored ${size}`, 1);
    return factor(matrix, size, what);
  });
}

describe('as much work after eleven edits as after one', async () => {
  const encoder = await testEncoder();
  const objective = answerObjective({ stopLoss: 0 });
  const statistics = await secondMoments(encoder, ['a red ball', 'who wrote it?'], { rows: 'answer' });
  const down = ['layers.0.mlp.down_proj'];
  const forDown = await secondMoments(encoder, ['a red ball', 'who wrote it?'], { sites: down, rows: 'all' });
  const search = { sites: down, steps: 2, stopLoss: 0, klFactor: 0, contexts: [] };
  const history = createKeyHistory;

  it.each<[string, () => Editor]>([
    ['UltraEdit', () => ultraEdit({ maxTurns: 2, history: history() })],
    ['UltraEdit, statistics', () => ultraEdit({ maxTurns: 2, mu: 1, nu: 1, statistics, history: history() })],
    ['MEMIT', () => memit({ ...search, lambda: 1, mu: 1, statistics: forDown, history: history() })],
    ['AlphaEdit', () => alphaEdit({ ...search, nullSpaceThreshold: 0.5, statistics: forDown, history: history() })],
  ])(
    '%s',
    async (_, create) => {
      const counts: Counts = {};
      countSolves(counts);
      const editor = create();
      const counted = countedEncoder(encoder, counts);
      const handles = [];
      const work: Counts[] = [];
      for (const letter of 'abcdefghijkl') {
        const subject = `c${letter}t`;
        const fact: EditRequest = {
          question: `what is a ${subject}?`,
          subject,
          answer: 'a',
          locality: ['draw the moon'],
        };
        for (const name of Object.keys(counts)) delete counts[name];
        const edit = await editor.edit(counted, [fact], { objective });
        work.push({ ...counts });
        for (const [site, delta] of edit.sites) handles.push(encoder.pushDelta(site, delta));
      }
      for (const handle of handles) encoder.popDelta(handle);
      // From the second one on an edit takes in the keys of the one before it.
      for (const later of work.slice(2)) expect(later).toEqual(work[1]);
      expect(Object.keys(work[1]!).filter((name) => /solved|worked|capture/.test(name)).length).toBeGreaterThan(2);
    },
    240_000,
  );
});

describe('a system that is too large to be factored', () => {
  const size = 40;
  const row = (index: number): number[] =>
    Array.from({ length: size }, (_, at) => Math.sin(1 + index * 2.7 + at ** 1.6));
  const moment = gramOf(Array.from({ length: 60 }, (_, index) => row(index)));
  const base = largeRidge({ matrix: moment, size, scale: 0.3, shift: 0.5, what: 'lambda I + mu C' });
  const keys = Array.from({ length: 24 }, (_, index) => Float64Array.from(row(100 + index)));
  const probe = Float64Array.from(row(7));

  it('solves each key once, when it comes, as if all had been there at once', async () => {
    const solved: number[] = [];
    const { solveRows } = LargeSolver.prototype;
    vi.spyOn(LargeSolver.prototype, 'solveRows').mockImplementation(function (this: LargeSolver, rows, options) {
      solved.push(rows.length / size);
      return solveRows.call(this, rows, options);
    });
    const history = createKeyHistory();
    for (const [edit, key] of keys.entries()) {
      solved.length = 0;
      const ridge = await history.ridge('group', { base, weight: 2 });
      const actual = await ridge.apply(probe);
      // The key of the edit before, and the probe.
      expect(solved).toEqual(edit === 0 ? [1] : [1, 1]);
      if (edit % 6 === 5) {
        const scaled = Float64Array.from(
          keys.slice(0, edit).flatMap((each) => [...each]),
          (value) => Math.SQRT2 * value,
        );
        const expected = await (await protectedRidge(base, scaled)).apply(probe);
        // Measured: 1.4e-15 at most.
        expect(relativeError(actual, expected)).toBeLessThan(1e-12);
      }
      history.add('group', size, key);
    }
    // One that was read back takes them all in at once.
    solved.length = 0;
    const back = createKeyHistory(JSON.parse(JSON.stringify(history)));
    await back.ridge('group', { base, weight: 2 });
    await back.ridge('group', { base, weight: 2 });
    expect(solved).toEqual([keys.length]);
  });
});
