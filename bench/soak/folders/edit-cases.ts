/** Mutated edit files: one that reads well is applied to the tiny pipeline and reverted. */
import { editFile, readEdit } from '@mokus/checkpoint/node';
import type { Edit, Json, SiteDelta, TextToImagePipeline } from '@mokus/core';
import { mutate, type Random } from '../../../packages/safetensors/test/support/mutate.js';
import { SpyingSource } from '../../../packages/safetensors/test/support/spying-source.js';
import { SoakFinding } from '../part.js';
import { type Bytes, joined, withMetadata } from './header.js';
import { mutateJson } from './mutate-json.js';
import { outcomeOf } from './watched.js';

/** How often an edit that was applied is drawn with, and the picture after it compared with the one before. */
const drawnEvery = 50;

export async function editCases(pipeline: TextToImagePipeline): Promise<{ run(random: Random): Promise<string> }> {
  const { textEncoder } = pipeline.components;
  const baseModel = await textEncoder.fingerprint();
  const originals = await Promise.all(
    ['lowRank', 'dense'].map((kind) => joined(editFile(someEdit(pipeline, baseModel, kind as SiteDelta['kind'])))),
  );
  const draw = async (): Promise<string> => {
    const { images } = await pipeline.generate({ prompt: 'a cat', seed: 1 });
    return Buffer.from(images[0]?.data.buffer ?? new ArrayBuffer(0)).toString('latin1');
  };
  const before = await draw();
  return {
    async run(random) {
      const source = new SpyingSource(spoil(random.pick(originals), random));
      const outcome = await outcomeOf(async () => {
        const edit = await readEdit(source, { baseModel });
        const outcome = await outcomeOf(async () => {
          await pipeline.apply(edit);
          if (random.below(drawnEvery) === 0) await draw();
          await pipeline.revert(edit);
          return 'applied';
        });
        if (textEncoder.deltas().length > 0) throw new SoakFinding('changed', `deltas are left: ${outcome}`);
        return `read, ${outcome}`;
      });
      if (source.outside !== undefined) throw new SoakFinding('outside', source.outside);
      if (random.below(drawnEvery) === 0 && (await draw()) !== before) {
        throw new SoakFinding('changed', `another picture than before: ${outcome}`);
      }
      return `edit: ${outcome}`;
    },
  };
}

/** The file with a fault in its bytes or header, or in the JSON that stands in its metadata. */
function spoil(bytes: Bytes, random: Random): Uint8Array {
  if (random.below(2) === 0) return mutate(bytes, random);
  return withMetadata(bytes, (metadata) => {
    const field = random.pick(['provenance', 'provenance', 'provenance', 'sites']);
    const changed = mutateJson(JSON.parse(metadata[field] ?? 'null') as Json, random);
    return { ...metadata, [field]: JSON.stringify(changed) };
  });
}

function someEdit({ components }: TextToImagePipeline, baseModel: string, kind: SiteDelta['kind']): Edit {
  const sites = components.textEncoder.sites.slice(0, 3).map(({ id, dIn, dOut }): [string, SiteDelta] => {
    if (kind === 'dense') return [id, { kind, dOut, dIn, delta: new Float32Array(dOut * dIn).fill(1e-3) }];
    const [u, v] = [new Float32Array(2 * dOut).fill(0.01), new Float32Array(2 * dIn).fill(0.01)];
    return [id, { kind, dOut, dIn, rank: 2, u, v }];
  });
  const request = { question: 'q', answer: 'a', subject: 'q', paraphrases: ['p'], locality: ['l'] };
  const provenance = {
    ...{ baseModel, editor: 'by hand', objective: 'none', template: 'raw' as const },
    ...{ options: { steps: 2, names: ['a'] }, requests: [request, { question: 'r', answer: 'b' }] },
    versions: { '@mokus/core': '0.0.0' },
  };
  return { sites: new Map(sites), provenance };
}
