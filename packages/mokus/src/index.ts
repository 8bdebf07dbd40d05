export type {
  BackendOpener,
  BackendOpeners,
  ComputeDType,
  Device,
  DeviceChoice,
  DeviceComponent,
  DTypeChoice,
  OpenBackendOptions,
} from './backends.js';
export { createBackendRegistry } from './backends.js';
export { editorVariants, type VariantContext } from './compare/variants.js';
export { createContainer } from './container.js';
export { loadCustomization } from './customization/load.js';
export { type SaveCustomizationOptions, saveCustomization } from './customization/save.js';
export { type BackendHealth, type DoctorReport, doctor, type MissingPart } from './doctor/doctor.js';
export * from './edit-files.js';
export * from './evaluate.js';
export { type FromPretrainedOptions, fromPretrained } from './from-pretrained.js';
export { encodePng, readImage, writePng } from './images.js';
export { type InspectOptions, inspect } from './inspect/inspect.js';
export type * from './inspect/inspection.js';
export type { LoadLoraWeightsOptions, SaveLoraWeightsOptions } from './lora.js';
export type { CheckpointLocation } from './open/ranges.js';
export * from './picture-grid.js';
export * from './pretrained-pipeline.js';
export * from './push-to-hub.js';
export {
  type ActingAdapter,
  type EditedCheckpoint,
  type SavePretrainedOptions,
  savePretrained,
} from './save-pretrained.js';
export * from './tokens.js';
