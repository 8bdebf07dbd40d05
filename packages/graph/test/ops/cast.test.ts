import { expect, test } from 'vitest';
import { add, cast, detach, Graph, gradients, interpret, multiply } from '../../src/index.js';
import { array } from '../support/arrays.js';
import { checkGradients, numbers } from '../support/check-operation.js';

const x = { shape: [4], values: [-1.7, 0, 0.4, 2.9] };

test('to integers towards zero, to bool whether it is not 0, between floats unchanged', () => {
  expect(numbers({ x }, (v) => cast(v.x, 'i32'))).toEqual([-1, 0, 0, 2]);
  expect(numbers({ x }, (v) => cast(v.x, 'bool'))).toEqual([1, 0, 1, 1]);
  expect(numbers({ x }, (v) => cast(v.x, 'bf16'))).toEqual(x.values);
  const bool = { shape: [2], dtype: 'bool', values: [1, 0] } as const;
  expect(numbers({ bool }, (v) => cast(v.bool, 'f32'))).toEqual([1, 0]);
});

test('to the dtype that it has is the value itself', () => {
  const value = new Graph().input('x', 'f32', ['n']);
  expect(cast(value, 'f32')).toBe(value);
});

test('its gradient is cast back', () => {
  checkGradients({ x: { shape: ['n'], dtype: 'f16' } }, (v) => cast(v.x, 'f32'), { n: 3 });
  checkGradients({ x: { shape: ['n'] } }, (v) => multiply(cast(v.x, 'bf16'), 3), { n: 3 });
});

test('no gradient passes through an integer', () => {
  checkGradients({ x: { shape: [2], values: [0.4, 2.3] } }, (v) => multiply(v.x, cast(cast(v.x, 'i32'), 'f32')));
});

test('detach is the identity, and constant for differentiation', () => {
  const graph = new Graph();
  const value = graph.input('x', 'f32', ['n']);
  const product = add(multiply(value, detach(value)), detach(multiply(value, value)));
  const [gradient] = gradients([{ value: product, cotangent: graph.input('cotangent', 'f32', ['n']) }], [value]);
  graph.output('product', product);
  graph.output('gradient', gradient!);
  const outputs = interpret(graph.build(), { inputs: { x: array([3, -2]), cotangent: array([1, 10]) } });
  expect([...outputs.product!.data]).toEqual([18, 8]);
  expect([...outputs.gradient!.data]).toEqual([3, -20]);
});
