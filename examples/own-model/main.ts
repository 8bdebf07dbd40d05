/**
 * A model family of one's own: a folder names the class, the registry makes it, and a picture goes in and comes out.
 *
 *   npx tsx examples/own-model/main.ts
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pixelsToImages } from '@mokus/core';
import { modelFolder } from '@mokus/emoji-world';
import { ArchitectureRegistry, createContainer, fromPretrained, writePng } from 'mokus';
import { writeCheckpoint } from './checkpoint.js';
import { registerPatchCodec } from './patch-codec.js';

const embedded = await fromPretrained(modelFolder);
const { images } = await embedded.generate({ prompt: 'a cat on a blue background', seed: 1 });
await embedded.dispose();

const temporary = await mkdtemp(join(tmpdir(), 'mokus-own-model-'));
const folder = join(temporary, 'model');
await writeCheckpoint(folder);
const container = createContainer();
registerPatchCodec(container.get(ArchitectureRegistry));
const pipeline = await fromPretrained(folder, { container });
const { imageCodec } = pipeline.components;
const latents = await imageCodec.encode(images);
for (const picture of pixelsToImages(await imageCodec.decode(latents))) await writePng(picture, 'own-model.png');
console.log(
  `latents of [${latents.shape.join(', ')}] by ${container.get(ArchitectureRegistry).imageCodecs.size} known codecs`,
);
await pipeline.dispose();
await rm(temporary, { recursive: true });
