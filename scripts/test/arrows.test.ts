import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  findWrongArrows,
  judgeDependency,
  judgeImport,
  unusedArrows,
  unusedDependencies,
  upwardArrows,
} from '../lib/arrows.mjs';
import { house } from '../lib/house.mjs';
import { root } from '../lib/run.mjs';

const manifest = { dependencies: { '@mokus/core': 'workspace:^', '@mokus/graph': 'workspace:^' } };
const judge = (folder: string, file: string, specifier: string) => judgeImport({ folder, file, specifier, manifest });

describe('arrows of the house', () => {
  it('accepts what stands below and is declared', () => {
    expect(judge('models', 'dit/block.ts', '@mokus/graph')).toBeNull();
    expect(judge('models', 'dit/block.ts', '@mokus/core/testing')).toBeNull();
    expect(judge('models', 'dit/block.ts', '../config.js')).toBeNull();
  });

  it.each([
    ['editors', '@mokus/models'],
    ['editors', '@mokus/backend-cpu'],
    ['models', '@mokus/backend-cpu'],
    ['models', '@mokus/onnx'],
    ['core', 'mokus'],
    ['graph', '@mokus/core'],
    ['core', 'inversify'],
    ['models', 'sharp'],
    ['onnx', 'onnxruntime-node'],
  ])('refuses %s -> %s', (folder, name) => {
    expect(judgeDependency(folder, name)).not.toBeNull();
  });

  it('refuses an undeclared package and a way out of the package', () => {
    expect(judge('models', 'index.ts', 'left-pad')).toMatch(/not in package.json/);
    expect(judge('models', 'dit/block.ts', '../../../core/src/index.js')).toMatch(/leaves the package/);
  });

  it('keeps node: modules in node entry points', () => {
    expect(judge('checkpoint', 'folder.ts', 'node:fs')).toMatch(/node entry point/);
    expect(judge('checkpoint', 'folder.ts', './node/file-source.js')).toMatch(/Node only/);
    expect(judge('checkpoint', 'node/file-source.ts', 'node:fs')).toBeNull();
    expect(judge('checkpoint', 'node.ts', './node/file-source.js')).toBeNull();
    expect(judge('backend-cpu', 'index.ts', 'node:path')).toBeNull();
  });

  it('names what is asked for and not used', () => {
    const asks = { dependencies: { '@mokus/core': '', sharp: '' }, peerDependencies: { webgpu: '' } };
    expect(unusedDependencies(asks, new Set(['@mokus/core', 'node:fs']))).toEqual(['sharp', 'webgpu']);
    expect(unusedDependencies({}, new Set())).toEqual([]);
  });

  it('names what a package may import and does not', () => {
    expect(unusedArrows(['graph', 'core', 'mokus'], new Set(['@mokus/core', 'mokus', 'graph']))).toEqual(['graph']);
  });

  it('refuses a house whose arrows point up, which is where a cycle begins', () => {
    expect(upwardArrows({ a: [], b: ['a'], c: ['a', 'b'] })).toEqual([]);
    expect(upwardArrows({ a: ['b'], b: ['a'] })).toEqual([expect.stringMatching(/b does not stand before a/)]);
  });

  it('holds in this workspace', () => {
    expect(findWrongArrows()).toEqual([]);
  });
});

it('docs/architecture.md says of every package what may be touched alone', () => {
  const rows = readFileSync(join(root, 'docs', 'architecture.md'), 'utf8').matchAll(/^\| ([\w, -]+) \|/gm);
  const named = [...rows].flatMap(([, names = '']) => names.split(', '));
  expect(named).toEqual(expect.arrayContaining(Object.keys(house)));
});
