import { cpuBackend } from '@mokus/backend-cpu';
import { checkpointFiles, nodeFolder } from '@mokus/checkpoint/node';
import { type DiT, f32Tensor, type HostTensor, type SiteDelta, seededNoise } from '@mokus/core';
import { createQwenImageTransformer } from '@mokus/models';
import { runStages, type Stage } from './stages.js';

/** 1,024 image tokens are 512 x 512 pixels. */
const grid = { height: 32, width: 32 };
const textTokens = 64;
const rank = 4;

/** What a step of learning a concept takes of a transformer, whole or in segments: one example, a LoRA on its attention. */
export async function runLearningCase(folder: string, segments: number): Promise<readonly Stage[]> {
  let dit: DiT;
  const noise = seededNoise(1);
  const normals = (...shape: readonly number[]): HostTensor<'f32'> =>
    f32Tensor(shape, noise.normals(shape.reduce((product, each) => product * each, 1)));
  return runStages({
    load: async () => {
      const files = checkpointFiles(await nodeFolder(folder));
      dit = await createQwenImageTransformer({
        config: await files.readJson('transformer/config.json'),
        weights: await files.weights('transformer'),
        backend: cpuBackend(),
      });
    },
    velocity: () => dit.velocity(request(dit, normals)),
    'loss and gradients': async () => {
      const targets = new Set(dit.info.adapterTargets);
      const parameters = new Map<string, SiteDelta>(
        dit.sites
          .filter(({ id }) => targets.has(id))
          .map(({ id, dOut, dIn }) => {
            const [u, v] = [new Float32Array(dOut * rank), noise.normals(rank * dIn)];
            return [id, { kind: 'lowRank', dOut, dIn, rank, u, v }];
          }),
      );
      const asked = request(dit, normals);
      for (let step = 0; step < 2; step++) {
        await dit.velocityLoss({ ...asked, target: asked.latents, parameters, wrt: 'parameters', segments });
      }
    },
  });
}

function request({ info }: DiT, normals: (...shape: readonly number[]) => HostTensor<'f32'>) {
  return {
    latents: normals(1, grid.height * grid.width, info.inChannels),
    grid,
    sigmas: [0.5],
    conditioning: { hiddenStates: normals(1, textTokens, info.conditioningSize), mask: undefined },
  };
}
