import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  TensorProto_DataLocation as DataLocation,
  ModelProtoSchema,
  type TensorProto,
  ValueInfoProtoSchema,
} from 'onnx-buf';

/**
 * The same model with its stored weights among its inputs: what a session makes of its nodes can be asked without
 * loading a weight.
 */
export function weightsAsInputs(model: Uint8Array): Uint8Array {
  const proto = fromBinary(ModelProtoSchema, model);
  const { graph } = proto;
  if (graph === undefined) return model;
  const isStored = ({ dataLocation }: TensorProto): boolean => dataLocation === DataLocation.EXTERNAL;
  for (const { name, dataType, dims } of graph.initializer.filter(isStored)) {
    const shape = { dim: dims.map((value) => ({ value: { case: 'dimValue' as const, value } })) };
    const tensorType = { elemType: dataType, shape };
    graph.input.push(
      create(ValueInfoProtoSchema, { name, type: { value: { case: 'tensorType', value: tensorType } } }),
    );
  }
  graph.initializer = graph.initializer.filter((each) => !isStored(each));
  return toBinary(ModelProtoSchema, proto);
}
