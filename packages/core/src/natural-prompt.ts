import { requirePlaceholder } from './option-checks.js';

export interface NaturalPromptOption {
  /** A prompt that names an answer plainly; {answer} stands for it. Default: 'what is {answer}?'. */
  readonly naturalPrompt?: string | undefined;
}

export const defaultNaturalPrompt = 'what is {answer}?';

/** Throws MokusError `input` for a natural prompt that no answer can be filled in for. */
export function requireNaturalPrompt(owner: string, naturalPrompt: string): void {
  requirePlaceholder(owner, 'naturalPrompt', naturalPrompt, 'answer');
}

/** The prompt that names an answer plainly: an edit leads its question to what the unedited model makes of this. */
export function naturalPromptOf(answer: string, { naturalPrompt = defaultNaturalPrompt }: NaturalPromptOption): string {
  return naturalPrompt.replaceAll('{answer}', () => answer);
}
