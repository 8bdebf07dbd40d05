import { type DeviceTensor, f32Tensor, type Tensor } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { Graph, multiply, type Program } from '@mokus/graph';
import { expect, it } from 'vitest';
import { ModuleCalls } from '../src/index.js';

function doubling(): Program {
  const graph = new Graph();
  graph.output('y', multiply(graph.input('x', 'f32', [1]), 2));
  return graph.build();
}

class Result implements DeviceTensor {
  readonly location = 'device';
  readonly backend = 'test';
  readonly dtype = 'f32';
  readonly shape = [1];
  isFreed = false;
  read = async () => f32Tensor([1], [2]);
  dispose(): void {
    this.isFreed = true;
  }
}

const x = f32Tensor([1], [1]);

it('frees the results that a cancelled call left on a device: nobody gets them', async () => {
  const calls = new ModuleCalls<{ program: Program }>('component');
  await calls.add(undefined, async () => new Map([['double', { program: doubling() }]]));
  const controller = new AbortController();
  const y = new Result();
  const work = async (): Promise<Record<string, Tensor>> => {
    controller.abort();
    return { y, onHost: x };
  };
  const call = { program: 'double', inputs: { x }, signal: controller.signal };
  expect((await refusalOf(() => calls.run(call, async () => undefined, work))).code).toBe('cancelled');
  expect(y.isFreed).toBe(true);
});
