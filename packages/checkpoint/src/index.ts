/**
 * Checkpoint folders as diffusers and transformers lay them out, and edit files, read through byte sources.
 *
 * @packageDocumentation
 */
export * from './cached-folder.js';
export * from './checkpoint-files.js';
export * from './component-class.js';
export * from './component-patterns.js';
export * from './component-weights.js';
export * from './edit-file.js';
export { type FolderSource, memoryFolder } from './folder-source.js';
export * from './hub/http-folder.js';
export type { HttpOptions } from './hub/http-request.js';
export * from './hub/http-retry.js';
export * from './hub/http-source.js';
export { hubFileUrl, isRepositoryId } from './hub/repository.js';
export type { PushedCommit, UploadOptions } from './hub/repository-upload.js';
export * from './json-fields.js';
export * from './lora/lora-file.js';
export * from './lora/lora-folder.js';
export { type ReadLoraOptions, readLora } from './lora/read-lora.js';
export { type ComponentClass, type ModelIndex, readModelIndex } from './model-index.js';
export * from './origin-store.js';
export * from './pipeline-defaults.js';
export * from './read-json.js';
export { checkRelativePath } from './relative-path.js';
export type { TensorDeltas } from './save/baked-tensor.js';
export { copiedFile, givenFile, type SavedFile, streamedFile } from './save/saved-file.js';
export * from './save/saved-files.js';
export type { BakedAdapter } from './save/saved-record.js';
export { hasWeights } from './weight-files.js';
