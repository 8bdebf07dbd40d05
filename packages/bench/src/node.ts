/**
 * What this package has for Node: a folder that keeps the parts of a comparison, and the reports in it.
 *
 * @packageDocumentation
 */
export { type FileCellStore, type FileCellStoreOptions, fileCellStore } from './node/file-cell-store.js';
export { type OnnxRuntime, type OnnxSegmenterOptions, onnxClip, onnxSegmenter } from './node/onnx-clip.js';
export { writeReport } from './node/write-report.js';
