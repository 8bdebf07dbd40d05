/**
 * The table of kernels beside onnxruntime itself: where its WebGPU provider puts the nodes of the conformance kit's programs,
 * of the models', and of some on integers and bools. No weight is loaded, so the tiny model's graphs stand for a large one's.
 */
import type { Backend, Module, WeightStore } from '@mokus/core';
import { backendCases } from '@mokus/core/testing';
import { concat, Graph, type Program, slice, transpose, type Value, where } from '@mokus/graph';
import { defaultLowerings, type LoweringTable, lower, lowerAlone } from '@mokus/onnx';
import { describe, expect, it } from 'vitest';
import { placementOf } from '../../backend-cuda/src/placement.js';
import { tinyComponents } from '../../models/test/support/pipeline.js';
import { webgpuLowerings } from '../src/index.js';
import { isOnShapes, nodesOnCpu, typedNodes } from '../src/lowering/placement.js';

const timeout = 120_000;

interface Component {
  readonly store: WeightStore;
  readonly programs: Readonly<Record<string, Program>>;
}

const noWeights: WeightStore = { name: 'no weights', names: () => [], get: () => undefined };

/** A backend that hands on what it is given to load. */
function listening(hear: (component: Component) => Module): Backend {
  const storage = ['f32', 'f16', 'bf16'] as const;
  return {
    name: 'webgpu',
    capabilities: () => ({ device: 'webgpu', compute: ['f32'], storage }),
    load: async (store, programs) => hear({ store, programs }),
  };
}

/** Every operation in f32, with its derivative. */
async function ofTheKit(): Promise<Component> {
  const programs: Record<string, Program> = {};
  let name = '';
  const backend = listening(({ programs: { operation } }) => {
    if (operation !== undefined) programs[name] = operation;
    throw new Error('nothing is run');
  });
  for (const each of backendCases(backend).filter((one) => one.name.startsWith('f32: '))) {
    name = each.name.replaceAll(/\W+/g, ' ');
    await expect(each.run()).rejects.toThrow('nothing is run');
  }
  return { store: noWeights, programs };
}

async function ofTheModels(): Promise<readonly Component[]> {
  const heard: Component[] = [];
  const stop = async (): Promise<never> => {
    throw new Error('nothing is run');
  };
  const backend = listening((component) => {
    heard.push(component);
    const names = Object.keys(component.programs);
    return { programs: names, run: stop, add: stop, release: async () => undefined, dispose: async () => undefined };
  });
  await tinyComponents(backend);
  return heard;
}

/** What the provider has few kernels for. */
function onIntegersAndBools(): Component {
  const builds: Record<string, (x: Value, isChosen: Value) => Value> = {
    passing: (x) => x,
    slice: (x) => slice(x, 0, 1, 3),
    concat: (x) => concat([x, x], 0),
    transpose: (x) => transpose(x, [1, 0]),
    where: (x, isChosen) => where(isChosen, x, x),
  };
  const programs: Record<string, Program> = {};
  for (const dtype of ['i32', 'bool'] as const) {
    for (const [name, build] of Object.entries(builds)) {
      const graph = new Graph();
      const shape = ['n', 4] as const;
      graph.output('y', build(graph.input(`x ${dtype}`, dtype, shape), graph.input('chosen', 'bool', shape)));
      programs[`${name} ${dtype}`] = graph.build();
    }
  }
  return { store: noWeights, programs };
}

/** Holds the table to what onnxruntime does with a component, and gives the operators that it says run on the CPU. */
async function compare({ store, programs }: Component, lowerings: LoweringTable): Promise<ReadonlySet<string>> {
  const target = { backend: 'webgpu', compute: ['f32'] as const, lowerings };
  const { model } = await lower(programs, store, { ...target, storage: ['f32'], mapsFiles: false, castsStorage: true });
  const { nodes } = await placementOf(model, { name: 'webgpu' });
  const placed = new Map(
    [...nodes].flatMap(([provider, there]) => there.map((each) => [each.name, { provider, ...each }] as const)),
  );
  expect(placed.size).toBeGreaterThan(Object.keys(programs).length);

  const graphs = Object.entries(programs).map(([name, program]) => lowerAlone(name, program, target).graph);
  const shapes = new Set(
    graphs
      .flatMap(typedNodes)
      .filter(isOnShapes)
      .map(({ node }) => node),
  );
  const byTable = graphs.flatMap(nodesOnCpu);
  const fallen = [...placed.values()].filter(
    (each) => each.provider === 'CPUExecutionProvider' && !shapes.has(each.name),
  );
  // onnxruntime takes some nodes out before it places any.
  expect(byTable.flatMap(({ node, opType }) => (placed.has(node) ? [`${opType} ${node}`] : [])).sort()).toEqual(
    fallen.map(({ name, opType }) => `${opType} ${name}`).sort(),
  );
  return new Set(byTable.map(({ opType }) => opType));
}

describe('the table of kernels says what onnxruntime does', () => {
  it('with every operation and its derivative, which all stay on the GPU', { timeout }, async () => {
    expect(await compare(await ofTheKit(), webgpuLowerings)).toEqual(new Set());
  });

  it('with the programs of the models, which all stay on the GPU', { timeout }, async () => {
    const components = await ofTheModels();
    expect(components).toHaveLength(3);
    for (const component of components) expect(await compare(component, webgpuLowerings)).toEqual(new Set());
  });

  it('where nodes run on the CPU: on integers and bools, as they are lowered by default', { timeout }, async () => {
    expect(await compare(onIntegersAndBools(), defaultLowerings)).toEqual(
      new Set(['Concat', 'Identity', 'Or', 'Slice', 'Transpose']),
    );
    expect(await compare(await ofTheKit(), defaultLowerings)).toEqual(new Set(['Or']));
  });
});
