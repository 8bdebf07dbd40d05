import { cpuBackend } from '@mokus/backend-cpu';
import { modelFolder } from '@mokus/emoji-world';
import { fromPretrained, type PretrainedPipeline } from 'mokus';

/** The embedded model on one thread: it is small, a second one would wait for the first, and processes share the cores. */
export function openEmojiWorld(): Promise<PretrainedPipeline> {
  return fromPretrained(modelFolder, { device: cpuBackend({ threads: 1 }) });
}
