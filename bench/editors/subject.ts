import type { ComparePlan, EditCase } from '@mokus/bench';
import type { TextEncoder, TextToImagePipeline } from '@mokus/core';

/** An editor with an objective, both by name. */
export interface Combination {
  readonly editor: string;
  readonly objective: 'answer' | 'conditioning' | 'picture';
  /** Where they are not the objective's defaults. */
  readonly objectiveOptions?: { readonly stopCosine?: number; readonly stopError?: number } | undefined;
}

/** A model with facts to edit one at a time. */
export interface EditorsSubject {
  readonly name: string;
  readonly model: TextToImagePipeline | TextEncoder;
  /** In the order in which they are measured, each with the facts that it edits. */
  readonly combinations: readonly { readonly combination: Combination; readonly cases: readonly EditCase[] }[];
  /** Names the editors' settings in `presets`. */
  readonly preset: string;
  /** General prompts, for C. */
  readonly corpus: readonly string[];
  readonly plan: Pick<ComparePlan, 'template' | 'pictures'>;
  dispose(): Promise<void>;
}
