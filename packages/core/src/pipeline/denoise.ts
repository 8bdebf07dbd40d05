import type { DiT, LatentGrid, SchedulePlan, Scheduler } from '../diffusion.js';
import { throwIfCancelled } from '../errors.js';
import type { RunOptions } from '../progress.js';
import { f32Tensor, type HostTensor } from '../tensor.js';
import type { Conditioning } from '../text-encoder.js';
import { guide } from './guidance.js';
import type { DenoisingStep } from './options.js';

export interface DenoiseRequest extends RunOptions {
  readonly dit: DiT;
  readonly scheduler: Scheduler;
  readonly plan: SchedulePlan;
  /** Packed noise, f32 [batch, tokens, channels]. */
  readonly latents: HostTensor<'f32'>;
  readonly grid: LatentGrid;
  readonly positive: Conditioning;
  /** With it, each step runs the transformer a second time and combines the two by `scale`. */
  readonly guidance: { readonly negative: Conditioning; readonly scale: number } | undefined;
  readonly onStepEnd: ((step: DenoisingStep) => void | Promise<void>) | undefined;
}

/** From noise to packed latents. Positive and negative conditioning are padded apart, so they run apart. */
export async function denoise(request: DenoiseRequest): Promise<HostTensor<'f32'>> {
  const { dit, scheduler, grid, positive, guidance, signal, onProgress, onStepEnd } = request;
  const { sigmas } = request.plan;
  const steps = sigmas.length - 1;
  let { latents } = request;
  for (let step = 1; step <= steps; step++) {
    throwIfCancelled(signal, `denoising, at step ${step} of ${steps},`);
    const [sigma, sigmaNext] = [sigmas[step - 1] as number, sigmas[step] as number];
    const velocityFor = (conditioning: Conditioning): Promise<HostTensor<'f32'>> => {
      const batch = latents.shape[0] as number;
      return dit.velocity({ latents, grid, sigmas: Array<number>(batch).fill(sigma), conditioning }, { signal });
    };
    let velocity = await velocityFor(positive);
    if (guidance !== undefined) velocity = guide(velocity, await velocityFor(guidance.negative), guidance.scale);
    latents = f32Tensor(latents.shape, scheduler.step(latents.data, velocity.data, sigma, sigmaNext));
    onProgress?.({ kind: 'denoise', step, steps });
    await onStepEnd?.({ step, steps, sigma: sigmaNext, latents });
  }
  return latents;
}
