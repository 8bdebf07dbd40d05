import type { PromptTemplate } from './edit.js';
import { requireChoice } from './option-checks.js';

/** Every template of a text encoder. */
export const promptTemplates: readonly PromptTemplate[] = ['pipeline', 'chat', 'raw'];

/** Throws MokusError `input`, field `template`, for one that does not exist: an edit would be made, and kept, for another. */
export function requireTemplate(owner: string, template: PromptTemplate): void {
  requireChoice(owner, 'template', template, promptTemplates);
}
