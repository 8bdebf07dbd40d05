import { describe, expect, it } from 'vitest';
import { findWrongArrows, judgeDependency, judgeImport } from '../lib/arrows.mjs';

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

  it('holds in this workspace', () => {
    expect(findWrongArrows()).toEqual([]);
  });
});
