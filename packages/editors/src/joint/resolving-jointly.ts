import {
  describeGiven,
  type Edit,
  type EditOptions,
  type Editor,
  type EditRequest,
  MokusError,
  requireEditOptions,
  type TextEncoder,
} from '@mokus/core';
import { requireMethods } from '../option-kinds.js';
import { encodeRequests } from '../session/requests.js';
import { requireEncoder } from '../session/sites.js';
import { isPushed } from './is-pushed.js';

/**
 * An editor that makes earlier edits again together with what it is asked, so that the facts of all are solved for at once,
 * as if they had been requests of one call: none gives way to a later one. Works with every editor. The new edit replaces the
 * earlier ones, so these are to be taken off before (`withoutEdit` of @mokus/core does for as long as it takes), and
 * reverted once it is applied. Its provenance holds all requests, which makes it the earlier edit of the next one.
 *
 *     const both = await withoutEdit(pipeline, first, () => resolvingJointly(editor, first).edit(encoder, [second]));
 *
 * The call's requests come first, so that errors name them by their place (and ROME writes them first). A question of the
 * call that an earlier edit answers is answered as the call says: so a fact is corrected. All facts are written by the call's
 * objective. An edit takes as long as one of all facts does: where it must not grow, `history` is the other way to make edits
 * one after the other. Not both: a history holds back the very keys that are written again.
 *
 * `resolvingJointly` throws MokusError `input` for what is no editor or no edit.
 *
 * `edit` throws as the editor's own does, and before anything is run MokusError `base-model` for an earlier edit of another
 * text encoder, `input` naming `template` for one under another template, and `edit` for one that is still pushed.
 *
 * @param earlier in the order that they were made in; none leaves the editor as it is
 */
export function resolvingJointly(editor: Editor, earlier: Edit | readonly Edit[]): Editor {
  requireMethods('resolvingJointly', 'editor', editor, ['edit'], 'an editor, such as ultraEdit()');
  const edits: readonly Edit[] = Array.isArray(earlier) ? earlier : [earlier];
  for (const each of edits) requireEdit(each);
  return {
    name: editor.name,
    async edit(encoder, requests, options = {}) {
      requireEditOptions(options);
      requireEncoder(encoder);
      encodeRequests(encoder, requests, options.template ?? 'pipeline');
      await requireTogether(encoder, edits, options);
      return editor.edit(encoder, jointRequests(requests, edits), options);
    },
  };
}

/** Throws MokusError `input` for what callers without types may pass: the path of a file, JSON of an edit. */
function requireEdit(edit: Edit | null | undefined): void {
  if (edit?.sites instanceof Map && Array.isArray(edit.provenance?.requests)) return;
  throw new MokusError(
    'input',
    `resolvingJointly: earlier holds ${describeGiven(edit)}, but must be an edit or a list of them: loadEdit reads one from a file`,
    { field: 'earlier' },
  );
}

/** The call's requests, then those of the edits whose questions no later one asks. */
function jointRequests(requests: readonly EditRequest[], edits: readonly Edit[]): readonly EditRequest[] {
  const asked = new Set(requests.map(questionOf));
  const kept: EditRequest[][] = [];
  for (const { provenance } of edits.toReversed()) {
    kept.unshift(provenance.requests.filter((request) => !asked.has(questionOf(request))));
    for (const request of provenance.requests) asked.add(questionOf(request));
  }
  return [...requests, ...kept.flat()];
}

function questionOf({ question }: EditRequest): string {
  return question.trim();
}

/** Throws MokusError for an edit that cannot be made again in this call. */
async function requireTogether(
  encoder: TextEncoder,
  edits: readonly Edit[],
  { template = 'pipeline' }: EditOptions,
): Promise<void> {
  const own = edits.length === 0 ? '' : await encoder.fingerprint();
  for (const [index, { provenance, sites }] of edits.entries()) {
    const which = `earlier edit ${index}`;
    if (provenance.baseModel !== own) {
      throw new MokusError(
        'base-model',
        `${which} was made on the text encoder ${provenance.baseModel.slice(0, 12)}, this one is ${own.slice(0, 12)}: leave it out, or ask for its facts anew`,
        { field: 'earlier' },
      );
    }
    if (provenance.template !== template) {
      throw new MokusError(
        'input',
        `${which} was made under the template '${provenance.template}', this one is under '${template}': give both one template`,
        { field: 'template' },
      );
    }
    if (isPushed(encoder, sites)) {
      throw new MokusError(
        'edit',
        `${which} is applied still, so its facts would be written twice: take it off first, such as with withoutEdit(pipeline, edit, ...)`,
        { field: 'earlier' },
      );
    }
  }
}
