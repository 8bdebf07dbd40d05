import type { Edit, EditRequest, PromptTemplate } from '../../edit.js';
import type { Editor } from '../../editor.js';
import type { EditObjective } from '../../objective.js';
import type { TextEncoder } from '../../text-encoder.js';

/** An objective, with the least probability that an edit by it gives the answer. */
export interface EditorAim {
  readonly objective: EditObjective;
  /** In [0, 1]: what the editor declares for the kit's encoder and requests. 0 for an objective of something else. */
  readonly floor: number;
  /** Templates that editor and objective work under besides the pipeline's. Default: raw. */
  readonly templates?: readonly PromptTemplate[] | undefined;
}

/** What an editor is checked with. */
export interface EditorSubject {
  /** The editor with settings that suit the encoder, and with these options besides. */
  readonly create: (options: Readonly<Record<string, unknown>>) => Editor;
  /** A small encoder of two layers or more. Asked for by each check and never disposed, so one may serve all. */
  readonly encoder: () => Promise<TextEncoder>;
  readonly aims: readonly EditorAim[];
  /** Saves the edit and loads it again, such as through `editFile` and `readEdit` of @mokus/checkpoint. */
  readonly roundTrip: (edit: Edit) => Promise<Edit>;
  /** Values that the editor refuses, by the option's name. */
  readonly wrongOptions: Readonly<Record<string, readonly unknown[]>>;
  /** The options that make the editor change these sites; 'none' for one that chooses them itself. Default: `{ sites }`. */
  readonly sites?: ((ids: readonly string[]) => Readonly<Record<string, unknown>>) | 'none' | undefined;
  /** The option that is the seed, where chance plays a part. */
  readonly seed?: string | undefined;
  /** Whether requests without a subject are refused. Default: false. */
  readonly needsSubject?: boolean | undefined;
  /** Two facts that do not contradict each other, with subjects. Default: two of one word each. */
  readonly requests?: readonly [EditRequest, EditRequest] | undefined;
}

/** A named check of an editor: rejects with what is wrong. */
export interface EditorCase {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** What every check starts from. */
export interface EditorTrial {
  readonly subject: EditorSubject;
  readonly aim: EditorAim;
  readonly encoder: TextEncoder;
  readonly requests: readonly [EditRequest, EditRequest];
}
