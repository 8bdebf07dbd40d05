import type { RawImage } from './image.js';

/** What long operations report. Libraries never print: a caller shows these as it likes. */
export type ProgressEvent =
  | {
      /** Something that may not be meant, and does not stop the run. */
      readonly kind: 'warning';
      readonly message: string;
      /** The option, fact or file that it is about. */
      readonly field?: string | undefined;
    }
  | { readonly kind: 'load'; readonly component: string; readonly done: number; readonly total: number }
  | {
      readonly kind: 'download';
      /** The hub's id of the repository. */
      readonly repository: string;
      /** The file that just went forward. */
      readonly file: string;
      /** Bytes of all files of this download, as far as they had to be fetched. */
      readonly done: number;
      readonly total: number;
    }
  | {
      readonly kind: 'upload';
      /** The hub's id of the repository. */
      readonly repository: string;
      /** The file that just went forward. */
      readonly file: string;
      /** Large files are hashed before anything is sent; small ones, and those that the hub has, are not read twice. */
      readonly step: 'hash' | 'send';
      /** Bytes of all files in this step; `send` ends at the total. */
      readonly done: number;
      readonly total: number;
    }
  | {
      readonly kind: 'edit';
      readonly editor: string;
      readonly turn: number;
      readonly maxTurns: number;
      readonly loss: number;
      /** How many requests meet the objective's stop condition. */
      readonly satisfied: number;
      readonly requests: number;
    }
  | {
      readonly kind: 'save';
      /** The file that is being written, relative to the folder. */
      readonly file: string;
      /** Bytes of all files. */
      readonly done: number;
      readonly total: number;
    }
  | { readonly kind: 'denoise'; readonly step: number; readonly steps: number }
  | { readonly kind: 'prior'; readonly done: number; readonly total: number }
  | {
      readonly kind: 'learn';
      /** The step that just ended, from 1. */
      readonly step: number;
      readonly steps: number;
      /** Mean squared error of the velocity, over the examples of this step. */
      readonly loss: number;
      /** What the concept looks like now, where it was asked for. */
      readonly samples?: readonly RawImage[] | undefined;
    }
  | { readonly kind: 'statistics'; readonly done: number; readonly total: number | undefined }
  | { readonly kind: 'evaluate'; readonly done: number; readonly total: number }
  | {
      readonly kind: 'compare';
      /** What was just finished: an editor with an objective on a case, or what the unedited model does. */
      readonly cell: string;
      /** It was there from an earlier run. */
      readonly restored: boolean;
      readonly done: number;
      readonly total: number;
    };

export type ProgressListener = (event: ProgressEvent) => void;

/** Options that every operation of over a second takes. */
export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressListener | undefined;
}
