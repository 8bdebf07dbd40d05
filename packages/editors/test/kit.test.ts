/** The conformance kit of editors, on a tiny random Qwen2.5-VL text encoder. */
import { editFile, readEdit } from '@mokus/checkpoint';
import { type Edit, referenceBackend, type TextEncoder } from '@mokus/core';
import { testEditor } from '@mokus/core/testing';
import { memorySource } from '@mokus/safetensors';
import { describe, it } from 'vitest';
import { tinyTextEncoder } from '../../models/test/support/text-encoder.js';
import { answerObjective, conditioningObjective, secondMoments } from '../src/index.js';
import { editorsOf } from './support/editors.js';
import { testEncoder } from './support/encoder.js';

const encoder = await testEncoder();
const statistics = await secondMoments(encoder, ['a red ball', 'who wrote it?'], {
  sites: { roles: ['down_proj'] },
  rows: 'all',
});
const editors = editorsOf(statistics);

/** The first check that runs a program compiles it, which takes long where many tests share a core. */
const test = (name: string, run: () => Promise<void>): void => it(name, run, 240_000);

describe.each(Object.entries(editors))('%s', (_, { floors: [answer, conditioning], templates, ...subject }) => {
  testEditor({
    ...subject,
    encoder: async () => encoder,
    aims: [
      { objective: answerObjective(), floor: answer, templates },
      // The suffix is the pipeline template's.
      { objective: conditioningObjective({ rows: 'suffix' }), floor: conditioning, templates: [] },
    ],
    roundTrip: (edit) => roundTrip(encoder, edit),
    test,
  });
});

describe('on the float64 interpreter', async () => {
  const reference = await tinyTextEncoder(referenceBackend());
  const { floors, ...subject } = editors.ultraEdit!;
  testEditor({
    ...subject,
    encoder: async () => reference,
    aims: [{ objective: answerObjective(), floor: floors[0] }],
    roundTrip: (edit) => roundTrip(reference, edit),
    test,
  });
});

/** Through the bytes of a file. */
async function roundTrip(from: TextEncoder, edit: Edit): Promise<Edit> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of editFile(edit).chunks()) chunks.push(chunk.slice());
  return readEdit(memorySource(Buffer.concat(chunks)), { baseModel: await from.fingerprint() });
}
