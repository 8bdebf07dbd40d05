/** A checkpoint folder with the codec of patch-codec.ts: everything but the codec is the embedded model's. */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { modelFolder } from '@mokus/emoji-world';
import { toBytes, writeSafetensors } from '@mokus/safetensors';

const patchSize = 8;
const latentChannels = 16;

/** Of each colour the slowest cosines of an 8 x 8 patch (the DCT-II, which is orthonormal): 16 rows of 192 numbers. */
function slowCosines(): Float32Array {
  const cosine = (order: number, at: number): number =>
    Math.sqrt((order === 0 ? 1 : 2) / patchSize) * Math.cos(((2 * at + 1) * order * Math.PI) / (2 * patchSize));
  const orders = Array.from(
    { length: patchSize ** 2 },
    (_, at) => [Math.floor(at / patchSize), at % patchSize] as const,
  );
  const slowest = orders.sort(([a, b], [c, d]) => a + b - (c + d));
  const basis = new Float32Array(latentChannels * 3 * patchSize ** 2);
  for (let row = 0; row < latentChannels; row++) {
    const [down = 0, across = 0] = slowest[Math.floor(row / 3)] ?? [];
    const start = (row * 3 + (row % 3)) * patchSize ** 2;
    for (let at = 0; at < patchSize ** 2; at++) {
      basis[start + at] = cosine(down, Math.floor(at / patchSize)) * cosine(across, at % patchSize);
    }
  }
  return basis;
}

/** Writes the folder. */
export async function writeCheckpoint(folder: string): Promise<void> {
  await cp(fileURLToPath(modelFolder), folder, {
    recursive: true,
    filter: (path) => !path.includes(`${join('model', 'vae')}`),
  });
  const index = JSON.parse(await readFile(join(folder, 'model_index.json'), 'utf8'));
  await writeFile(join(folder, 'model_index.json'), JSON.stringify({ ...index, vae: ['my_models', 'PatchCodec'] }));
  const vae = join(folder, 'vae');
  await mkdir(vae);
  await writeFile(join(vae, 'config.json'), JSON.stringify({ latent_channels: latentChannels, patch_size: patchSize }));
  const shape = [latentChannels, 3 * patchSize ** 2];
  const basis = { name: 'basis.weight', dtype: 'F32' as const, shape, data: toBytes(slowCosines()) };
  await writeFile(join(vae, 'diffusion_pytorch_model.safetensors'), await writeSafetensors([basis]));
}
