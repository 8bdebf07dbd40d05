/**
 * Saves LoRAs of a checkpoint's transformer and keeps what the pipeline computes with them:
 *
 *   node --import tsx tools/lora/save.ts CHECKPOINT FOLDER
 *
 * writes FOLDER/CASE/pytorch_lora_weights.safetensors for each case (random factors; attention of the image stream at one
 * rank, all kinds of layers at several ranks; both forms of file) and FOLDER/expected.safetensors: the request, and the
 * velocity with each. check.py runs it and compares.
 */
import { join } from 'node:path';
import { type DeltaSite, f32Tensor, type HostTensor, type LoraAdapter, seededNoise } from '@mokus/core';
import { fromPretrained } from 'mokus';
import { ExpectedTensors } from '../expected-tensors.js';

const [checkpoint, folder] = process.argv.slice(2);
if (checkpoint === undefined || folder === undefined) throw new Error('give a checkpoint and a folder');
const grid = { height: 3, width: 5 };
const textTokens = 7;

const pipeline = await fromPretrained(checkpoint);
const { dit } = pipeline.components;
const normals = (seed: number, shape: readonly number[]): HostTensor<'f32'> =>
  f32Tensor(shape, seededNoise(seed).normals(shape.reduce((product, each) => product * each, 1)));

function random(sites: readonly DeltaSite[], rankOf: (index: number) => number, alpha: number): LoraAdapter {
  const scaled = (seed: number, count: number, size: number): Float32Array =>
    seededNoise(seed).normals(count).map((value) => value / Math.sqrt(size));
  return {
    modules: new Map(
      sites.map(({ id, dIn, dOut }, index) => {
        const rank = rankOf(index);
        const [down, up] = [scaled(2 * index, rank * dIn, dIn), scaled(2 * index + 1, dOut * rank, rank)];
        return [id, { dOut, dIn, rank, alpha, down, up }] as const;
      }),
    ),
  };
}

const attention = dit.sites.filter(({ id }) => /\.attn\.to_(?:q|k|v|out\.0)$/.test(id));
const adapters = { attention: random(attention, () => 4, 6), everywhere: random(dit.sites, (index) => 2 + (index % 3), 2) };
const request = {
  latents: normals(1, [2, grid.height * grid.width, dit.info.inChannels]),
  grid,
  sigmas: [0.9, 0.3],
  conditioning: { hiddenStates: normals(2, [2, textTokens, dit.info.conditioningSize]), mask: undefined },
};
const expected = new ExpectedTensors();
expected.keep('latents', request.latents);
expected.keep('states', request.conditioning.hiddenStates);
expected.keep('sigmas', f32Tensor([2], request.sigmas));
expected.keep('none', await dit.velocity(request));
for (const [name, adapter] of Object.entries(adapters)) {
  await pipeline.addAdapter(name, adapter);
  expected.keep(name, await dit.velocity(request));
  for (const format of ['diffusers', 'kohya'] as const) {
    await pipeline.saveLoraWeights(join(folder, `${name}-${format}`), { adapterName: name, format });
  }
  await pipeline.setAdapters([]);
}
await pipeline.setAdapters(['attention', 'everywhere'], [0.7, -0.4]);
expected.keep('both', await dit.velocity(request));
await pipeline.dispose();
await expected.write(folder);
