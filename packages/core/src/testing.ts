export * from './testing/backend/index.js';
