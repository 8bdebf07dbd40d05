import type { ProgressEvent } from '@mokus/core';
import { megabytes } from './elements.js';

/** What the status line says, and how far it is; without a total nobody knows. */
export interface ShownProgress {
  readonly text: string;
  readonly done: number;
  readonly total: number | undefined;
}

export function describeProgress(event: ProgressEvent): ShownProgress {
  switch (event.kind) {
    case 'download': {
      const { done, total, file } = event;
      return { text: `Downloading ${file}: ${megabytes(done)} of ${megabytes(total)}`, done, total };
    }
    case 'denoise':
      return { text: `Drawing: step ${event.step} of ${event.steps}`, done: event.step, total: event.steps };
    case 'edit': {
      const { turn, maxTurns, loss } = event;
      return { text: `Editing: turn ${turn}, loss ${loss.toPrecision(3)}`, done: turn, total: maxTurns };
    }
    case 'statistics':
      return { text: 'Reading what the edit should leave alone', done: event.done, total: event.total };
    case 'load':
      return { text: `Loading ${event.component}`, done: event.done, total: event.total };
    case 'warning':
      return { text: event.message, done: 0, total: undefined };
    default:
      return { text: event.kind, done: 0, total: undefined };
  }
}
