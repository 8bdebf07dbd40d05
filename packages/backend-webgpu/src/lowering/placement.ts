import { MokusError } from '@mokus/core';
import { dataTypeOf, type ElementType, type GraphInit, type NodeInit } from '@mokus/onnx';

/**
 * Which element types onnxruntime 1.29.0's WebGPU provider has a kernel for, by ONNX operator, at opset 21: measured with
 * one-node models. What is not here runs on the CPU.
 */
const kernels: Readonly<Record<string, readonly ElementType[]>> = Object.fromEntries(
  (
    [
      [['f32', 'f16', 'i32', 'bool'], 'Where Gather Expand Reshape Unsqueeze Cast'],
      [
        ['f32', 'f16', 'i32'],
        'Add Sub Mul Div Pow Min Max Clip Equal Less Greater LessOrEqual GreaterOrEqual Gemm ReduceSum ReduceMean ReduceMax ' +
          'Concat Split Transpose Squeeze Identity Pad Range ScatterND CumSum Tile',
      ],
      [
        ['f32', 'f16'],
        'MatMul Sqrt Exp Tanh Sigmoid Erf Log Reciprocal Floor Ceil Cos Sin Neg Abs Softmax LayerNormalization Relu Gelu ' +
          'SimplifiedLayerNormalization Slice GatherElements Conv ConvTranspose InstanceNormalization MatMulNBits',
      ],
      [['bool'], 'Not And'],
    ] as const
  ).flatMap(([types, names]) => names.split(' ').map((name) => [name, types])),
);

const elementTypes = new Map(Object.entries(dataTypeOf).map(([type, code]) => [code as number, type as ElementType]));
const makesBool = new Set(['Equal', 'Less', 'Greater', 'LessOrEqual', 'GreaterOrEqual', 'Not', 'And', 'Or', 'Xor']);

/** A node of a model, with the type that decides which kernel it needs, and the one that it makes. */
export interface TypedNode {
  readonly node: string;
  readonly opType: string;
  readonly type: ElementType;
  readonly made: ElementType;
}

/** The nodes of a model in their order. */
export function typedNodes(graph: GraphInit): TypedNode[] {
  const types = new Map<string, ElementType>();
  for (const { name = '', type } of graph.input ?? []) {
    const tensor = type?.value?.case === 'tensorType' ? type.value.value : undefined;
    types.set(name, elementTypes.get(tensor?.elemType ?? 0) ?? 'f32');
  }
  for (const { name = '', dataType = 0 } of graph.initializer ?? [])
    types.set(name, elementTypes.get(dataType) ?? 'f32');
  return (graph.node ?? []).map((node) => {
    const { opType = '', name = '' } = node;
    const type = readType(node, types);
    const made = madeType(node, type);
    for (const output of node.output ?? []) types.set(output, made);
    return { node: name, opType, type, made };
  });
}

/** Whether a node computes shapes, which always is done on the CPU. */
export function isOnShapes({ type, made }: TypedNode): boolean {
  return type === 'i64' || made === 'i64';
}

/**
 * The nodes of a model that compute on the CPU although they are no arithmetic of shapes: by name, with the type that there
 * is no kernel for.
 */
export function nodesOnCpu(
  graph: GraphInit,
): { readonly node: string; readonly opType: string; readonly type: ElementType }[] {
  return typedNodes(graph)
    .filter((each) => !isOnShapes(each) && !kernels[each.opType]?.includes(each.type))
    .map(({ node, opType, type }) => ({ node, opType, type }));
}

/** Throws MokusError `unsupported` naming the first node that would not run on the GPU. */
export function requireOnGpu(program: string, graph: GraphInit): void {
  const nodes = nodesOnCpu(graph);
  const [first] = nodes;
  if (first === undefined) return;
  throw new MokusError(
    'unsupported',
    `program "${program}" on backend webgpu: ${nodes.length} of its nodes have no GPU kernel and would run on the CPU, first "${first.node}" (${first.opType} on ${first.type}); allow it with the option allowCpu`,
    { operation: first.opType, backend: 'webgpu' },
  );
}

function readType({ opType, input }: NodeInit, types: ReadonlyMap<string, ElementType>): ElementType {
  return types.get(input?.[opType === 'Where' ? 1 : 0] ?? '') ?? 'f32';
}

function madeType({ opType = '', attribute }: NodeInit, read: ElementType): ElementType {
  if (opType === 'Shape') return 'i64';
  if (makesBool.has(opType)) return 'bool';
  if (opType !== 'Cast') return read;
  return elementTypes.get(Number(attribute?.find(({ name }) => name === 'to')?.i ?? 0)) ?? read;
}
