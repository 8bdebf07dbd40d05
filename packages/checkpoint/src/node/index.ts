/**
 * What this package has for Node: folders and files of the machine. Everything else is exported as well.
 *
 * @packageDocumentation
 */
export * from '../index.js';
export * from './edit-file.js';
export * from './file-source.js';
export * from './folder.js';
export * from './folder-store.js';
export * from './hub/hub-folder.js';
export * from './hub/push.js';
export type { HubOptions } from './hub/settings.js';
export * from './hub/snapshot.js';
export * from './local-path.js';
export * from './lora-file.js';
export * from './save-checkpoint.js';
export * from './save-folder.js';
export { writeFileWhole } from './write-file.js';
