import type { EditRequest, PromptTemplate } from './edit.js';
import { MokusError } from './errors.js';
import type { RunOptions } from './progress.js';
import type { HostTensor } from './tensor.js';
import type { EncodedQuestion, ForwardResult, Row, TextEncoder } from './text-encoder.js';

/** What an objective is made ready with; the encoder is unedited by the edit to come. */
export interface ObjectiveContext extends RunOptions {
  readonly encoder: TextEncoder;
  readonly requests: readonly EditRequest[];
  /** The requests' questions with their answers, in the same order: the sequences of the batch. */
  readonly encoded: readonly EncodedQuestion[];
  readonly template: PromptTemplate;
}

export interface ObjectiveValue {
  /** The quantity to lower: the mean over requests. */
  readonly loss: number;
  /** dL/d(logits), at the rows named, f32 [rows, vocabSize]. */
  readonly logits: HostTensor<'f32'>;
  /** dL/d(hidden), at the rows named, f32 [rows, hiddenSize]. */
  readonly hidden: HostTensor<'f32'>;
  /** Per request: its loss, and whether it meets the stop condition. */
  readonly requests: readonly { readonly loss: number; readonly satisfied: boolean }[];
}

/** An objective made ready for one batch: it reads two tensors and needs no model. */
export interface PreparedObjective {
  /** Rows of the batch whose logits it reads. */
  readonly logitsRows: readonly Row[];
  /** Rows of the batch whose tapped hidden states it reads. */
  readonly hiddenRows: readonly Row[];
  evaluate(result: ForwardResult): ObjectiveValue | Promise<ObjectiveValue>;
}

/**
 * What an edit aims at: the answer, the conditioning, the picture. Independent of editors: every editor takes any of
 * them, and a new one needs no change to an editor.
 */
export interface EditObjective {
  readonly name: string;
  /** Its hyper-parameters, for provenance. */
  readonly options: Readonly<Record<string, number | string | boolean>>;
  /** Computes what it compares with (such as natural states of the new answers) on the unedited model. */
  prepare(context: ObjectiveContext): Promise<PreparedObjective>;
}

/**
 * Throws MokusError `input` naming the option for what is no objective: callers without types pass its name, or the function
 * that makes it.
 */
export function requireObjective(owner: string, field: string, objective: EditObjective): void {
  // Nobody holds a caller in JavaScript to the type.
  if (typeof (objective as EditObjective | undefined | null)?.prepare === 'function') return;
  const found = typeof objective === 'string' ? `'${objective}'` : 'no objective';
  throw new MokusError(
    'input',
    `${owner}: ${field} is ${found}, but must be an objective that is made, such as answerObjective()`,
    { field },
  );
}
