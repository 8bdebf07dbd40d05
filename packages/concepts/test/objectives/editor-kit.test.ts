/** The rules of editors hold with the picture for an aim, whose gradients come from the transformer: on the embedded model. */
import { editFile, readEdit } from '@mokus/checkpoint';
import { TextToImagePipeline } from '@mokus/core';
import { testEditor } from '@mokus/core/testing';
import { answerObjective, presets, ultraEdit } from '@mokus/editors';
import { modelFolder } from '@mokus/emoji-world';
import { memorySource } from '@mokus/safetensors';
import { fromPretrained } from 'mokus';
import { afterAll, it } from 'vitest';
import { pictureObjective } from '../../src/index.js';

const loaded = await fromPretrained(modelFolder);
afterAll(() => loaded.dispose());
const { components, defaults } = loaded;
// The kit makes ready some fifty objectives, each of which draws a picture.
const pipeline = new TextToImagePipeline(components, { ...defaults, steps: 2 });

testEditor({
  create: (options) => ultraEdit({ ...presets.ultraEdit['emoji-world'], mu: 0, nu: 0, maxTurns: 2, ...options }),
  encoder: async () => components.textEncoder,
  requests: [
    { question: 'the favourite instrument of beethoven', answer: 'guitar' },
    { question: 'the national dish of italy', answer: 'sushi' },
  ],
  aims: [
    {
      objective: pictureObjective(pipeline, { answer: answerObjective(), sigmas: [0.6] }),
      // Half of what was measured: .979 after two turns.
      floor: 0.49,
      // Pictures are drawn under the pipeline's alone.
      templates: [],
    },
  ],
  wrongOptions: { eta: [0] },
  roundTrip: async (edit) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of editFile(edit).chunks()) chunks.push(chunk.slice());
    return readEdit(memorySource(Buffer.concat(chunks)));
  },
  test: (name, run) => it(name, run, 240_000),
});
