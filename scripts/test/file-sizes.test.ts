import { expect, it } from 'vitest';
import { findLongFiles, lineCounts } from '../lib/file-sizes.mjs';

it('names what is longer than a file may be, and a median that is too high', () => {
  expect(findLongFiles(new Map(Object.entries({ a: 400, b: 20, c: 30 })))).toEqual([]);
  expect(findLongFiles(new Map(Object.entries({ a: 401, b: 20, c: 30 })))).toEqual([
    expect.stringMatching(/^a has 401 lines/),
  ]);
  expect(findLongFiles(new Map(Object.entries({ a: 200, b: 151, c: 30 })))).toEqual([
    expect.stringMatching(/more than 151 lines/),
  ]);
});

it('counts what is written by hand, and nothing else', () => {
  const files = [...lineCounts().keys()];
  const some = ['packages/graph/src/index.ts', 'packages/bench/src/data/zsre.ts', 'scripts/test/file-sizes.test.ts'];
  expect(files).toEqual(expect.arrayContaining(some));
  const others = /node_modules|\/dist\/|\/fixtures\/|examples\/pages\/|emoji-world\/data\//;
  expect(files.filter((file) => others.test(file))).toEqual([]);
});
