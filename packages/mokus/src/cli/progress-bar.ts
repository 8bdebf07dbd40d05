import type { ProgressEvent } from '@mokus/core';
import { SingleBar } from 'cli-progress';

/** What a bar shows of an event. */
interface Step {
  readonly label: string;
  readonly done: number;
  readonly total: number;
  readonly note: string;
}

/**
 * Shows progress events on stderr: a bar for what is going on, and warnings as lines. Where stderr is no terminal there
 * are warnings only.
 */
export class ProgressBar {
  #bar: SingleBar | undefined;
  #label = '';

  readonly show = (event: ProgressEvent): void => {
    if (event.kind === 'warning') {
      this.stop();
      console.error(`mokus: warning: ${event.message}`);
      return;
    }
    const step = stepOf(event);
    if (step === undefined || process.stderr.isTTY !== true) return;
    const { label, done, total, note } = step;
    if (label !== this.#label) this.stop();
    if (this.#bar === undefined) {
      this.#bar = new SingleBar({
        format: '{label} [{bar}] {value}/{total} {note}',
        stream: process.stderr,
        hideCursor: true,
        gracefulExit: false,
      });
      this.#label = label;
      this.#bar.start(total, done, { label, note });
    }
    this.#bar.update(done, { label, note });
  };

  stop(): void {
    this.#bar?.stop();
    this.#bar = undefined;
    this.#label = '';
  }
}

function stepOf(event: ProgressEvent): Step | undefined {
  switch (event.kind) {
    case 'load':
      return { label: `loading ${event.component}`, done: event.done, total: event.total, note: '' };
    case 'download':
    case 'upload':
      return { label: event.kind, done: event.done, total: event.total, note: event.file };
    case 'save':
      return { label: 'saving', done: event.done, total: event.total, note: event.file };
    case 'edit':
      return { label: 'editing', done: event.turn, total: event.maxTurns, note: `loss ${event.loss.toPrecision(3)}` };
    case 'denoise':
      return { label: 'drawing', done: event.step, total: event.steps, note: '' };
    case 'prior':
      return { label: 'drawing what is to be kept', done: event.done, total: event.total, note: '' };
    case 'learn':
      return { label: 'learning', done: event.step, total: event.steps, note: `loss ${event.loss.toPrecision(3)}` };
    case 'statistics':
      return { label: 'reading what is to stay', done: event.done, total: event.total ?? event.done, note: '' };
    case 'evaluate':
    case 'compare':
      return { label: 'measuring', done: event.done, total: event.total, note: '' };
    default:
      return undefined;
  }
}
