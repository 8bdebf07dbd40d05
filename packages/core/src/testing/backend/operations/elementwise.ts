import {
  abs,
  add,
  cast,
  cos,
  detach,
  divide,
  equal,
  erf,
  exp,
  gelu,
  greater,
  greaterOrEqual,
  less,
  lessOrEqual,
  log,
  logicalAnd,
  logicalNot,
  logicalOr,
  maximum,
  minimum,
  multiply,
  negate,
  power,
  reciprocal,
  relu,
  sigmoid,
  silu,
  sin,
  sqrt,
  square,
  subtract,
  tanh,
  type Value,
  where,
} from '@mokus/graph';
import type { Fill, OperationCase } from '../operation-case.js';

const anySigned: Fill = [-3, 3];
const positive: Fill = [0.3, 3];
const sizes = [{ n: 3 }, { n: 8 }];

function unary(name: string, operation: (x: Value) => Value, fill: Fill = anySigned): OperationCase {
  return { name, inputs: { x: { shape: ['n', 5], fill } }, build: ({ x }) => operation(x!), sizes };
}

function binary(name: string, operation: (a: Value, b: Value) => Value, fill: Fill = anySigned): OperationCase {
  return {
    name: `${name}, broadcasting`,
    inputs: { a: { shape: ['n', 1, 4], fill }, b: { shape: [3, 4], fill } },
    build: ({ a, b }) => operation(a!, b!),
    sizes,
  };
}

/** Integers have ties, so that comparisons meet both sides of each. */
function comparison(name: string, operation: (a: Value, b: Value) => Value): OperationCase[] {
  const shapes = { a: ['n', 1], b: [6] };
  return [
    {
      name: `${name} of i32`,
      inputs: { a: { shape: shapes.a, fill: { below: 3 } }, b: { shape: shapes.b, fill: { below: 3 } } },
      build: ({ a, b }) => operation(a!, b!),
      sizes,
      differentiable: false,
    },
    {
      name: `${name} of floats`,
      inputs: { a: { shape: shapes.a }, b: { shape: shapes.b } },
      build: ({ a, b }) => operation(a!, b!),
      sizes,
      differentiable: false,
    },
  ];
}

function logical(name: string, operation: (a: Value, b: Value) => Value): OperationCase {
  const fill = { trueShare: 0.5 };
  return {
    name,
    inputs: { a: { shape: ['n', 1], fill }, b: { shape: [7], fill } },
    build: ({ a, b }) => operation(a!, b!),
    sizes,
    differentiable: false,
  };
}

function integers(name: string, operation: (a: Value, b: Value) => Value): OperationCase {
  return {
    name: `${name} of i32`,
    inputs: { a: { shape: ['n', 1], fill: { below: 1000 } }, b: { shape: [6], fill: { below: 1000 } } },
    build: ({ a, b }) => operation(a!, b!),
    sizes,
    differentiable: false,
  };
}

export const elementwiseCases: readonly OperationCase[] = [
  binary('add', add),
  binary('subtract', subtract),
  binary('multiply', multiply),
  binary('divide', divide, positive),
  binary('maximum', maximum),
  binary('minimum', minimum),
  integers('add', add),
  integers('subtract', subtract),
  integers('multiply', multiply),
  unary('negate', negate),
  unary('exp', exp),
  unary('log', log, positive),
  unary('sqrt', sqrt, positive),
  unary('reciprocal', reciprocal, positive),
  unary('abs', abs),
  unary('sin', sin),
  unary('cos', cos),
  unary('tanh', tanh),
  unary('sigmoid', sigmoid),
  unary('erf', erf),
  unary('relu', relu),
  unary('silu', silu),
  unary('gelu by the tanh formula', (x) => gelu(x, { approximate: 'tanh' })),
  unary('gelu, exact', (x) => gelu(x, { approximate: 'none' })),
  unary('square', square),
  unary('power 3', (x) => power(x, 3)),
  unary('power -0.5', (x) => power(x, -0.5), positive),
  unary('detach', (x) => multiply(detach(x), x)),
  unary('cast to i32 and back', (x) => multiply(cast(cast(x, 'i32'), x.dtype), x)),
  unary('cast to bool and back', (x) => multiply(cast(cast(relu(x), 'bool'), x.dtype), x)),
  ...comparison('equal', equal),
  ...comparison('less', less),
  ...comparison('lessOrEqual', lessOrEqual),
  ...comparison('greater', greater),
  ...comparison('greaterOrEqual', greaterOrEqual),
  logical('logicalAnd', logicalAnd),
  logical('logicalOr', logicalOr),
  logical('logicalNot', (a, b) => logicalAnd(logicalNot(a), b)),
  {
    name: 'where, broadcasting',
    inputs: {
      condition: { shape: ['n', 1, 1], fill: { trueShare: 0.5 } },
      a: { shape: [3, 1], fill: anySigned },
      b: { shape: ['n', 1, 4], fill: anySigned },
    },
    build: ({ condition, a, b }) => where(condition!, a!, b!),
    sizes: [{ n: 4 }, { n: 9 }],
  },
  {
    name: 'where of bools',
    inputs: {
      condition: { shape: ['n'], fill: { trueShare: 0.5 } },
      a: { shape: ['n'], fill: { trueShare: 0.5 } },
      b: { shape: ['n'], fill: { trueShare: 0.5 } },
    },
    build: ({ condition, a, b }) => where(condition!, a!, b!),
    sizes: [{ n: 16 }, { n: 5 }],
    differentiable: false,
  },
];
