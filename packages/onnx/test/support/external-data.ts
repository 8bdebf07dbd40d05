import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { TensorProto_DataLocation as DataLocation, ModelProtoSchema, StringStringEntryProtoSchema } from 'onnx-buf';

/** The model with its weights in a file of their own, as exporters write one that is too large for a file: `location`, beside it. */
export function withExternalData(
  model: Uint8Array,
  location: string,
): { readonly model: Uint8Array; readonly data: Uint8Array } {
  const proto = fromBinary(ModelProtoSchema, model);
  const graph = proto.graph!;
  const parts: Uint8Array[] = [];
  let offset = 0;
  graph.node = graph.node.filter(({ opType, attribute, output: [name = ''] }) => {
    const tensor = opType === 'Constant' ? attribute.find((each) => each.name === 'value')?.t : undefined;
    if (tensor !== undefined) graph.initializer.push({ ...tensor, name });
    return tensor === undefined;
  });
  for (const tensor of graph.initializer) {
    // Shapes and the like stay: onnxruntime reads them while it opens the model.
    if (tensor.rawData.length < 64) continue;
    const entries = { location, offset: String(offset), length: String(tensor.rawData.length) };
    tensor.externalData = Object.entries(entries).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    );
    tensor.dataLocation = DataLocation.EXTERNAL;
    parts.push(tensor.rawData);
    offset += tensor.rawData.length;
    tensor.rawData = new Uint8Array();
  }
  return { model: toBinary(ModelProtoSchema, proto), data: new Uint8Array(Buffer.concat(parts)) };
}
