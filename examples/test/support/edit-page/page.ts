import { type Remote, wrap } from 'comlink';
import type { EditWorker } from './worker.js';

declare global {
  var editWorker: Remote<EditWorker>;
}

globalThis.editWorker = wrap<EditWorker>(new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }));
document.body.dataset.ready = 'true';
