import { create, toBinary } from '@bufbuild/protobuf';
import { MokusError, type WeightStore } from '@mokus/core';
import { type DType, type Program, type TensorSpec, typeText, type WeightSpec } from '@mokus/graph';
import { ModelProtoSchema } from 'onnx-buf';
import { lowerProgram } from './lower-program.js';
import type { LoweringTarget } from './lowering.js';
import { inputName, weightName } from './names.js';
import { inPrecision, type Precision } from './precision.js';
import {
  dataTypeOf,
  type GraphInit,
  graph,
  inlineTensor,
  int,
  type NodeInit,
  type ValueInfoInit,
  valueInfo,
} from './proto.js';
import { initializerTypes, type PlacedWeights, placeWeights, type WeightPlacement } from './weights.js';

export interface LowerOptions extends LoweringTarget, Omit<WeightPlacement, 'backend'> {
  /** What ONNX calls its operator set. Default: 21, the last one that CPU and WebGPU have all their kernels for. */
  readonly opset?: 21 | 23 | undefined;
  /** The type that programs in f32 are computed in. Default: f32. */
  readonly precision?: Precision | undefined;
}

/** Programs of one component as one ONNX model. */
export interface LoweredComponent {
  /** The model, in protobuf. */
  readonly model: Uint8Array;
  readonly weights: PlacedWeights;
  /** The model's input that says which program runs: i32 [], the program's index. */
  readonly selector: string;
  /** Every input of the model but the selector. Each run feeds all of them. */
  readonly inputs: readonly TensorSpec[];
  readonly programs: ReadonlyMap<string, LoweredNames>;
}

export interface LoweredNames {
  readonly index: number;
  /** The program's inputs and outputs to the model's. */
  readonly inputs: ReadonlyMap<string, string>;
  readonly outputs: ReadonlyMap<string, string>;
}

/** The version of the file format that an operator set came with. */
const irVersions = { 21: 10n, 23: 11n } as const;
const selector = 'program';

/**
 * Lowers a component's programs to one model over one set of weights: each is the body of an `If` that runs when the
 * selector has its index, so that the weights are initializers of the graph around all of them. Measured on the CPU
 * provider (48 small nodes, 2 cores): 205 microseconds a run as a plain session, 228 to 241 as one of 1 to 8 branches, and
 * 3.5 more for each input of the model, which is why equal inputs of several programs are one.
 *
 * Throws MokusError `unsupported` (an operation, dtype or storage type that the target lacks) and `weight`.
 */
export async function lower(
  written: Readonly<Record<string, Program>>,
  store: WeightStore,
  options: LowerOptions,
): Promise<LoweredComponent> {
  const { opset = 21, precision } = options;
  const programs = precision === undefined ? written : mapPrograms(written, (each) => inPrecision(each, precision));
  const target = precision === undefined ? options : { ...options, compute: [...options.compute, precision.dtype] };
  const specs = weightsOf(programs);
  const placement: WeightPlacement = { ...options, backend: options.backend };
  const weights = await placeWeights(specs.values(), store, placement);
  const stored = initializerTypes(weights);
  const casts = new Map<string, NodeInit>();
  const weight = (name: string, dtype: DType): string => {
    if (stored.get(weightName(name)) === dataTypeOf[dtype]) return weightName(name);
    const output = `${weightName(name)}:${dtype}`;
    const attribute = [int(dataTypeOf[dtype])('to')];
    casts.set(output, { name: output, opType: 'Cast', input: [weightName(name)], output: [output], attribute });
    return output;
  };

  const inputs = new Map<string, TensorSpec>();
  const names = new Map<string, LoweredNames>();
  const branches: NodeInit[] = [];
  const outputs: ValueInfoInit[] = [];
  const nothing = new Set<DType>();
  Object.entries(programs).forEach(([name, program], index) => {
    const inputNames = shareInputs(name, program, inputs);
    const outputNames = new Map(program.outputs.map((each) => [each.name, `${name}/output/${each.name}`]));
    const body = lowerProgram(name, program, target, {
      input: (input) => inputNames.get(input) as string,
      weight,
    });
    branches.push(...branch(name, index, program, body, [...outputNames.values()]));
    for (const each of program.outputs) {
      nothing.add(each.dtype);
      outputs.push(valueInfo(outputNames.get(each.name) as string, each.dtype));
    }
    names.set(name, { index, inputs: inputNames, outputs: outputNames });
  });

  const model: GraphInit = {
    name: 'component',
    node: [...casts.values(), ...branches],
    input: [
      valueInfo(selector, 'i32', []),
      ...[...inputs.values()].map(({ name, dtype, shape }) =>
        valueInfo(
          name,
          dtype,
          shape.map((each) => (typeof each === 'number' ? each : each.text)),
        ),
      ),
    ],
    output: outputs,
    initializer: [
      ...weights.initializers,
      ...Object.keys(programs).map((_, index) => inlineTensor(indexName(index), 'i32', [], [index])),
      ...[...nothing].map((dtype) => inlineTensor(nothingName(dtype), dtype, [0], [])),
    ],
  };
  const opsetImport = [{ version: BigInt(opset) }, { domain: 'com.microsoft', version: 1n }];
  return {
    model: toBinary(
      ModelProtoSchema,
      create(ModelProtoSchema, { irVersion: irVersions[opset], opsetImport, graph: model }),
    ),
    weights,
    selector,
    inputs: [...inputs.values()],
    programs: names,
  };
}

function mapPrograms(
  programs: Readonly<Record<string, Program>>,
  change: (program: Program) => Program,
): Record<string, Program> {
  return Object.fromEntries(Object.entries(programs).map(([name, program]) => [name, change(program)]));
}

/** The weights that any of the programs reads, by name. */
function weightsOf(programs: Readonly<Record<string, Program>>): Map<string, WeightSpec> {
  const specs = new Map<string, WeightSpec>();
  for (const [name, program] of Object.entries(programs)) {
    for (const spec of program.weights) {
      const known = specs.get(spec.name);
      if (known !== undefined && known.shape.join() !== spec.shape.join()) {
        throw new MokusError(
          'weight',
          `program "${name}" declares weight "${spec.name}" as [${spec.shape.join(', ')}], another one as [${known.shape.join(', ')}]; a weight has one shape`,
          { tensor: spec.name },
        );
      }
      if (known === undefined) specs.set(spec.name, spec);
    }
  }
  return specs;
}

/** Adds a program's inputs to the model's; one of the same name and type is shared with the programs that have it. */
function shareInputs(program: string, { inputs: own }: Program, inputs: Map<string, TensorSpec>): Map<string, string> {
  return new Map(
    own.map((spec) => {
      const common = inputName(spec.name);
      const shared = inputs.get(common);
      const fits = shared === undefined || typeText(shared) === typeText(spec);
      const name = fits ? common : `${program}:${common}`;
      if (shared === undefined || !fits) inputs.set(name, { ...spec, name });
      return [spec.name, name];
    }),
  );
}

/** `if (selector == index) { body } else { nothing }`. */
function branch(
  name: string,
  index: number,
  program: Program,
  body: GraphInit,
  outputs: readonly string[],
): readonly NodeInit[] {
  const isSelected = `${name}/selected`;
  const otherwise = program.outputs.map(({ dtype }, at) => ({ dtype, name: `${name}/nothing.${at}` }));
  const nothing: GraphInit = {
    name: `${name}/nothing`,
    node: otherwise.map((each) => ({
      name: each.name,
      opType: 'Identity',
      input: [nothingName(each.dtype)],
      output: [each.name],
    })),
    output: otherwise.map((each) => valueInfo(each.name, each.dtype)),
  };
  return [
    { name: isSelected, opType: 'Equal', input: [selector, indexName(index)], output: [isSelected] },
    {
      name,
      opType: 'If',
      input: [isSelected],
      output: [...outputs],
      attribute: [graph(body)('then_branch'), graph(nothing)('else_branch')],
    },
  ];
}

function indexName(index: number): string {
  return `program:${index}`;
}

function nothingName(dtype: DType): string {
  return `nothing:${dtype}`;
}
