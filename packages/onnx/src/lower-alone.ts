import { create, toBinary } from '@bufbuild/protobuf';
import type { DType, Program, TensorSpec, WeightSpec } from '@mokus/graph';
import { ModelProtoSchema } from 'onnx-buf';
import { lowerProgram } from './lower-program.js';
import type { LoweringTarget } from './lowering.js';
import { inputName, weightName } from './names.js';
import { type GraphInit, valueInfo } from './proto.js';

/** A program as a model of its own, its weights among the inputs: a device that holds them feeds them to every model. */
export interface LoweredAlone {
  /** The model, in protobuf. */
  readonly model: Uint8Array;
  /** The same model as a message, for whoever checks its nodes. */
  readonly graph: GraphInit;
  /** The program's inputs, weights and outputs to the model's. */
  readonly inputs: ReadonlyMap<string, string>;
  readonly weights: ReadonlyMap<WeightSpec, string>;
  readonly outputs: ReadonlyMap<string, string>;
}

/**
 * Lowers one program for a device on which tensors stay between runs. Without `If` around it nothing is read back to
 * choose a branch, and with weights as inputs a program that is added later finds them in place.
 *
 * Throws MokusError `unsupported` (an operation or dtype that the target lacks).
 */
export function lowerAlone(name: string, program: Program, target: LoweringTarget): LoweredAlone {
  const inputs = new Map(program.inputs.map((each) => [each.name, inputName(each.name)]));
  const weights = new Map(program.weights.map((each) => [each, weightName(each.name)]));
  const body = lowerProgram(name, program, target, {
    input: (input) => inputs.get(input) as string,
    weight: weightName,
  });
  const declared = ({ dtype, shape }: TensorSpec | WeightSpec, as: string): ReturnType<typeof valueInfo> =>
    valueInfo(
      as,
      dtype as DType,
      shape.map((each) => (typeof each === 'number' ? each : each.text)),
    );
  // A branch is a graph without inputs of its own.
  const graph = {
    ...body,
    input: [
      ...program.inputs.map((each) => declared(each, inputs.get(each.name) as string)),
      ...[...weights].map(([spec, as]) => declared(spec, as)),
    ],
  } as GraphInit;
  const opsetImport = [{ version: 21n }, { domain: 'com.microsoft', version: 1n }];
  const model = toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 10n, opsetImport, graph }));
  const outputs = new Map(program.outputs.map((each, at) => [each.name, body.output?.[at]?.name as string]));
  return { model, graph, inputs, weights, outputs };
}
