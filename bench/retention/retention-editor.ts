import type { EditObjective, Editor } from '@mokus/core';
import type { KeyHistory, PromptRows, SiteStatistics, UltraEditSettings } from '@mokus/editors';

/** What an editor is made of: C over names, or over questions too; the keys of earlier edits. */
export interface EditorParts {
  readonly names: SiteStatistics;
  readonly questions: SiteStatistics;
  readonly history: KeyHistory;
}

export interface RetentionEditor {
  /** Where its sites are other than UltraEdit's: what its C is computed of. */
  readonly sites?: UltraEditSettings['sites'];
  /** The rows that its C counts. Default: 'answer'. */
  readonly rows?: PromptRows;
  /** For the report, and so that other settings are measured anew. */
  readonly settings: unknown;
  readonly objective: EditObjective;
  readonly mode: 'sequential' | 'joint';
  /** Whether the facts that are to stay are among the requests, with the answers that they have. Default: false. */
  readonly keeps?: boolean;
  /** Whether each fact is asked in a second phrasing too, in the same call. Default: false. */
  readonly rewords?: boolean;
  /** Sequential edits at most. Default: as many as the subject says. */
  readonly mostEdits?: number;
  /** Edits of one call at least, where fewer take as long. Default: as few as the subject says. */
  readonly leastEdits?: number;
  readonly create: (parts: EditorParts) => Editor;
}
