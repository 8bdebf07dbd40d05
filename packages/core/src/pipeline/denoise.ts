import type { DiT, LatentGrid, SchedulePlan, Scheduler } from '../diffusion.js';
import { throwIfCancelled } from '../errors.js';
import type { RunOptions } from '../progress.js';
import { disposeTensors, f32Tensor, type HostTensor, hostOf, requireF32, type Tensor } from '../tensor.js';
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

type Step = (latents: Tensor, sigma: number, sigmaNext: number) => Promise<Tensor>;

/**
 * From noise to packed latents. They stay on the device from step to step where the transformer and the schedule allow it, and
 * `onStepEnd` reads them.
 */
export async function denoise(request: DenoiseRequest): Promise<HostTensor<'f32'>> {
  const { signal, onProgress, onStepEnd } = request;
  const { sigmas } = request.plan;
  const steps = sigmas.length - 1;
  const advance = stepOnDevice(request) ?? stepOnHost(request);
  let latents: Tensor = request.latents;
  try {
    for (let step = 1; step <= steps; step++) {
      throwIfCancelled(signal, `denoising, at step ${step} of ${steps},`);
      const [sigma, sigmaNext] = [sigmas[step - 1] as number, sigmas[step] as number];
      const before = latents;
      latents = await advance(before, sigma, sigmaNext);
      disposeTensors([before]);
      onProgress?.({ kind: 'denoise', step, steps });
      await onStepEnd?.({ step, steps, sigma: sigmaNext, latents: await read(latents) });
    }
    return await read(latents);
  } finally {
    disposeTensors([latents]);
  }
}

function stepOnDevice({ dit, scheduler, grid, positive, guidance, signal }: DenoiseRequest): Step | undefined {
  if (dit.denoiseStep === undefined || scheduler.stepSize === undefined) return undefined;
  return (latents, sigma, sigmaNext) => {
    const stepSize = scheduler.stepSize?.(sigma, sigmaNext) as number;
    return dit.denoiseStep?.({ latents, grid, sigma, stepSize, positive, guidance }, { signal }) as Promise<Tensor>;
  };
}

/** Positive and negative conditioning are padded apart, so they run apart. */
function stepOnHost({ dit, scheduler, grid, positive, guidance, signal }: DenoiseRequest): Step {
  return async (given, sigma, sigmaNext) => {
    const latents = await read(given);
    const sigmas = Array<number>(latents.shape[0] as number).fill(sigma);
    const velocityFor = (conditioning: Conditioning): Promise<HostTensor<'f32'>> =>
      dit.velocity({ latents, grid, sigmas, conditioning }, { signal });
    let velocity = await velocityFor(positive);
    if (guidance !== undefined) velocity = guide(velocity, await velocityFor(guidance.negative), guidance.scale);
    return f32Tensor(latents.shape, scheduler.step(latents.data, velocity.data, sigma, sigmaNext));
  };
}

async function read(latents: Tensor): Promise<HostTensor<'f32'>> {
  return requireF32(await hostOf(latents), 'the latents');
}
