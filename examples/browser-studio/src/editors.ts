import type { ByteStore, EditObjective, Editor, RunOptions, TextEncoder } from '@mokus/core';
import {
  answerObjective,
  conditioningObjective,
  fineTuning,
  ftM,
  loraTuning,
  presets,
  secondMoments,
  ultraEdit,
} from '@mokus/editors';
import { generalCorpus } from '@mokus/emoji-world';
import type { EditorName, ObjectiveName } from './names.js';

const preset = 'emoji-world';

/** What an editor is made with. */
interface EditorContext extends RunOptions {
  readonly encoder: TextEncoder;
  /** Keeps second moments: they are computed once a model. */
  readonly cache: ByteStore;
}

/** The editors that the page offers, with their settings for the model. */
export const editors: Readonly<Record<EditorName, (context: EditorContext) => Editor | Promise<Editor>>> = {
  UltraEdit: async ({ encoder, cache, ...options }) => {
    const settings = presets.ultraEdit[preset];
    // What an edit should leave alone: how the encoder reads prompts at large.
    const statistics = await secondMoments(encoder, generalCorpus(), { cache, sites: settings.sites, ...options });
    return ultraEdit({ ...settings, statistics });
  },
  'fine-tuning': () => fineTuning(presets.fineTuning[preset]),
  'LoRA tuning': () => loraTuning(presets.loraTuning[preset]),
  'FT-M': () => ftM(presets.ftM[preset]),
};

export const objectives: Readonly<Record<ObjectiveName, () => EditObjective>> = {
  'the conditioning that pictures are drawn from': () => conditioningObjective(),
  'the answer in words': () => answerObjective(),
};
