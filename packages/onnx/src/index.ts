/**
 * Lowers tensor programs to ONNX and runs them on any onnxruntime flavour.
 *
 * @packageDocumentation
 */
export { onnxBackend } from './backend.js';
export { backendError } from './backend-error.js';
export { BranchBuilder, type EmitOptions } from './branch-builder.js';
export { type LoweredComponent, type LoweredNames, type LowerOptions, lower } from './lower.js';
export { type LoweredAlone, lowerAlone } from './lower-alone.js';
export {
  type Lowering,
  type LoweringContext,
  type LoweringTable,
  type LoweringTarget,
  lowering,
  type Operand,
} from './lowering.js';
export { defaultLowerings } from './lowerings/index.js';
export { createTurns, ModuleCalls, type ProgramCall, type Turns } from './module-calls.js';
export { inPrecision, type Precision, widenProgram, wideOperations } from './precision.js';
export {
  type Attribute,
  type AttributeValue,
  attribute,
  dataTypeOf,
  type ElementType,
  type GraphInit,
  type NodeInit,
  type TensorInit,
} from './proto.js';
export { type OnnxRuntime, type OnnxSession, weightOptions } from './runtime.js';
export { fromOrt, toOrt } from './tensors.js';
export { type PlacedWeights, placeWeights, type WeightPlacement } from './weights.js';
export { weightsAsInputs } from './weights-as-inputs.js';
