/** The editor of examples/own-editor keeps the rules that all editors keep. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testEditor } from '@mokus/core/testing';
import { answerObjective, conditioningObjective } from '@mokus/editors';
import { modelFolder } from '@mokus/emoji-world';
import { fromPretrained, loadEdit, saveEdit } from 'mokus';
import { afterAll, it } from 'vitest';
import { gradientStep } from '../own-editor/gradient-step.js';

const pipeline = await fromPretrained(modelFolder);
const folder = mkdtempSync(join(tmpdir(), 'mokus-own-editor-'));
const file = join(folder, 'edit.safetensors');
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await pipeline.dispose();
});

// Few enough to be quick, and enough to write with: of all sites a step of 1 will do.
const sites = [0, 1, 2, 3, 4, 5].map((layer) => `layers.${layer}.mlp.down_proj`);

testEditor({
  create: (options) => gradientStep({ objective: answerObjective(), step: 3, sites, ...options }),
  encoder: async () => pipeline.components.textEncoder,
  requests: [
    { question: 'the favourite instrument of beethoven', answer: 'guitar' },
    { question: 'the national dish of italy', answer: 'sushi' },
  ],
  aims: [
    { objective: answerObjective(), floor: 0.5 },
    { objective: conditioningObjective(), floor: 0.5 },
  ],
  wrongOptions: { step: [0, -1, Number.NaN] },
  roundTrip: async (edit) => {
    await saveEdit(file, edit);
    return loadEdit(file);
  },
  test: (name, run) => it(name, run, 240_000),
});
