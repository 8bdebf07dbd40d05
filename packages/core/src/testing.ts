export * from './testing/backend/index.js';
export * from './testing/dit/index.js';
export * from './testing/editor/index.js';
export { refusalOf } from './testing/refusal.js';
export * from './testing/text-encoder/index.js';
