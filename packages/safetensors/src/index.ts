/**
 * The safetensors file format, read and written, safe against hostile files.
 *
 * @packageDocumentation
 */
export { type ByteSource, memorySource } from './byte-source.js';
export {
  type FloatDtype,
  fromFloats,
  isFloatDtype,
  toFloat32Array,
  toFloat64Array,
} from './convert.js';
export { type ByteLength, DTYPES, type Dtype, dtypeBits, isDtype, tensorByteLength } from './dtype.js';
export { quoteName, SafetensorsError, type SafetensorsErrorCode, type SafetensorsErrorPlace } from './errors.js';
export { openSafetensors, type SafetensorsFile } from './file.js';
export { fromBf16, fromF16, toBf16, toF16 } from './half.js';
export {
  type HeaderContext,
  type ParsedHeader,
  PREFIX_BYTES,
  parseHeader,
  parseHeaderLength,
  type TensorEntry,
} from './header.js';
export { DEFAULT_LIMITS, type SafetensorsLimits } from './limits.js';
export { type ElementArray, type TypedArrays, toBytes, toTypedArray } from './typed-array.js';
export {
  type SafetensorsStream,
  streamSafetensors,
  type TensorToWrite,
  type WriteOptions,
  writeSafetensors,
} from './write.js';
