import type { Edit } from '../edit.js';
import type { TextToImagePipeline } from './text-to-image.js';

/**
 * Runs something with an applied edit taken off. Whatever happens, it is then back where it was in the stack, bit for bit:
 * sums in another order round differently. Throws MokusError `edit` for an edit that is not applied, and what it runs throws.
 */
export async function withoutEdit<Result>(
  pipeline: TextToImagePipeline,
  edit: Edit,
  run: () => Promise<Result>,
): Promise<Result> {
  const above = pipeline.edits.slice(pipeline.edits.indexOf(edit) + 1);
  await pipeline.revert(edit);
  try {
    return await run();
  } finally {
    await pipeline.apply(edit);
    for (const each of above) {
      await pipeline.revert(each);
      await pipeline.apply(each);
    }
  }
}
