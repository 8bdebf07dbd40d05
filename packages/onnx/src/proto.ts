/** Short constructors for the ONNX messages that the lowering writes. Field meanings: onnx.proto. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { DType } from '@mokus/graph';
import { toBf16, toF16 } from '@mokus/safetensors';
import type {
  AttributeProtoSchema,
  GraphProtoSchema,
  NodeProtoSchema,
  TensorProtoSchema,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import { AttributeProto_AttributeType as AttributeType, TensorProto_DataType as DataType } from 'onnx-buf';

export type Attribute = MessageInitShape<typeof AttributeProtoSchema>;
export type GraphInit = MessageInitShape<typeof GraphProtoSchema>;
export type NodeInit = MessageInitShape<typeof NodeProtoSchema>;
export type TensorInit = MessageInitShape<typeof TensorProtoSchema>;
export type ValueInfoInit = MessageInitShape<typeof ValueInfoProtoSchema>;

/** Element types of ONNX values: those of programs, and the int64 that shapes and axes are given in. */
export type ElementType = DType | 'i64';

export const dataTypeOf: Readonly<Record<ElementType, DataType>> = {
  f32: DataType.FLOAT,
  f16: DataType.FLOAT16,
  bf16: DataType.BFLOAT16,
  i32: DataType.INT32,
  i64: DataType.INT64,
  bool: DataType.BOOL,
};

/** The value of an attribute, which gets its name where it is given: one that {@link attribute} makes. */
export type AttributeValue = (name: string) => Attribute;

export const int =
  (value: number): AttributeValue =>
  (name) => ({ name, type: AttributeType.INT, i: BigInt(value) });
export const ints =
  (values: readonly number[]): AttributeValue =>
  (name) => ({ name, type: AttributeType.INTS, ints: values.map(BigInt) });
export const float =
  (value: number): AttributeValue =>
  (name) => ({ name, type: AttributeType.FLOAT, f: value });
export const text =
  (value: string): AttributeValue =>
  (name) => ({ name, type: AttributeType.STRING, s: Uint8Array.from(new TextEncoder().encode(value)) });
export const graph =
  (value: GraphInit): AttributeValue =>
  (name) => ({ name, type: AttributeType.GRAPH, g: value });

/** Attribute values of a node, by ONNX's types: a JavaScript number does not say whether it stands for `int` or `float`. */
export const attribute: {
  readonly int: typeof int;
  readonly ints: typeof ints;
  readonly float: typeof float;
  readonly text: typeof text;
  readonly graph: typeof graph;
} = { int, ints, float, text, graph };

/** A tensor whose few elements stand inside the model. */
export function inlineTensor(
  name: string,
  type: ElementType,
  dims: readonly number[],
  data: ArrayLike<number>,
): TensorInit {
  return { name, dataType: dataTypeOf[type], dims: dims.map(BigInt), rawData: rawBytes(type, data) };
}

/** Elements as ONNX's raw_data: little-endian, as every platform that onnxruntime runs on has them in memory. */
function rawBytes(type: ElementType, data: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  switch (type) {
    case 'f32':
      return new Uint8Array(Float32Array.from(data).buffer);
    case 'f16':
      return new Uint8Array(Uint16Array.from(data, toF16).buffer);
    case 'bf16':
      return new Uint8Array(Uint16Array.from(data, toBf16).buffer);
    case 'i32':
      return new Uint8Array(Int32Array.from(data).buffer);
    case 'i64':
      return new Uint8Array(BigInt64Array.from(Array.from(data, BigInt)).buffer);
    case 'bool':
      return Uint8Array.from(data, (each) => (each === 0 ? 0 : 1));
  }
}

/** A declared graph input or output. A string in the shape is a dimension known only at run time; no shape: any. */
export function valueInfo(name: string, type: ElementType, shape?: readonly (number | string)[]): ValueInfoInit {
  const dims = shape?.map((each) => ({
    value:
      typeof each === 'number'
        ? { case: 'dimValue' as const, value: BigInt(each) }
        : { case: 'dimParam' as const, value: each },
  }));
  const tensorType = { elemType: dataTypeOf[type], ...(dims === undefined ? {} : { shape: { dim: dims } }) };
  return { name, type: { value: { case: 'tensorType', value: tensorType } } };
}
