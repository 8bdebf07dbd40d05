import type { DiT, VelocityRequest } from '../../diffusion.js';
import type { DeltaSite } from '../../edit.js';
import { seededNoise } from '../../noise.js';
import { guide } from '../../pipeline/guidance.js';
import { boolTensor, disposeTensors, f32Tensor, hostOf, type Tensor } from '../../tensor.js';
import type { Conditioning } from '../../text-encoder.js';
import { normOf } from '../arrays.js';
import { requireAlike, requireDifferent } from '../expectations.js';
import { requireRefusal } from '../refusal.js';
import { lengths, maskedRequest, memberOf, normals, rowsOf, withGarbage, withStates } from './requests.js';

/** A named check of a DiT: rejects with what is wrong. */
export interface DiTCase {
  readonly name: string;
  readonly run: (dit: DiT, tolerances: DiTTolerances) => Promise<void>;
}

/** Allowed errors, as shares of the largest magnitude. */
export interface DiTTolerances {
  /** Between two ways to compute the same. */
  readonly same: number;
  /** Between the gradient and a central difference along it. */
  readonly gradient: number;
}

/** What it computes without deltas, what it refuses, and its end. */
export const velocityCases: readonly DiTCase[] = [
  {
    name: 'a velocity has the shape of the latents and finite numbers, the same every time and after a release',
    run: async (dit) => {
      const request = maskedRequest(dit.info);
      const first = await dit.velocity(request);
      if (first.shape.join() !== request.latents.shape.join()) throw new Error(`its shape is [${first.shape.join()}]`);
      if (!first.data.every(Number.isFinite)) throw new Error('it has numbers that are not finite');
      requireAlike('a second run', (await dit.velocity(request)).data, first.data, 0);
      await dit.release();
      requireAlike('a run after a release', (await dit.velocity(request)).data, first.data, 0);
    },
  },
  {
    name: 'a batch gives what its members give alone, without padding',
    run: async (dit, { same }) => {
      const request = maskedRequest(dit.info);
      const batch = await dit.velocity(request);
      for (const sample of lengths.keys()) {
        const alone = await dit.velocity(memberOf(request, sample));
        requireAlike(`sample ${sample}`, rowsOf(batch, sample).data, alone.data, same);
      }
    },
  },
  {
    name: 'padding rows change nothing, whatever they hold',
    run: async (dit, { same }) => {
      const request = maskedRequest(dit.info);
      const clean = await dit.velocity(request);
      requireAlike('the velocity', (await dit.velocity(withGarbage(request))).data, clean.data, same);
    },
  },
  {
    name: 'without the mask the same rows do matter',
    run: async (dit) => {
      const request = withGarbage(maskedRequest(dit.info));
      const { hiddenStates } = request.conditioning;
      const unmasked = await dit.velocity({ ...request, conditioning: { hiddenStates, mask: undefined } });
      const masked = await dit.velocity(request);
      requireDifferent('sample 1', rowsOf(unmasked, 1).data, rowsOf(masked, 1).data);
    },
  },
  {
    name: 'a mask that masks nothing is as none',
    run: async (dit, { same }) => {
      const request = memberOf(maskedRequest(dit.info), 0);
      const { hiddenStates } = request.conditioning;
      const mask = boolTensor([1, lengths[0]], new Uint8Array(lengths[0]).fill(1));
      const masked = await dit.velocity({ ...request, conditioning: { hiddenStates, mask } });
      requireAlike('the velocity', masked.data, (await dit.velocity(request)).data, same);
    },
  },
  {
    name: 'noise level, grid and conditioning each matter',
    run: async (dit) => {
      const request = maskedRequest(dit.info);
      const { data } = await dit.velocity(request);
      const changes: Readonly<Record<string, VelocityRequest>> = {
        sigmas: { ...request, sigmas: [0.4, 0.8] },
        grid: { ...request, grid: { height: request.grid.width, width: request.grid.height } },
        conditioning: { ...request, conditioning: maskedRequest(dit.info, 2).conditioning },
      };
      for (const [what, changed] of Object.entries(changes)) {
        requireDifferent(what, (await dit.velocity(changed)).data, data);
      }
    },
  },
  {
    name: 'a denoising step on the device, where there is one, moves the latents as the velocities on the host say',
    run: async (dit, { same }) => {
      const request = maskedRequest(dit.info);
      const { latents, grid, conditioning: positive } = request;
      const [sigma, stepSize, scale] = [0.6, -0.2, 3];
      const negative = withGarbage(maskedRequest(dit.info, 2)).conditioning;
      const velocityFor = (conditioning: Conditioning) =>
        dit.velocity({ latents, grid, sigmas: lengths.map(() => sigma), conditioning });
      const alone = await velocityFor(positive);
      const guided = guide(alone, await velocityFor(negative), scale);
      for (const [guidance, velocity] of [
        [undefined, alone],
        [{ negative, scale }, guided],
      ] as const) {
        const expected = latents.data.map((value, at) => value + stepSize * (velocity.data[at] as number));
        const step = { latents, grid, sigma, stepSize, positive, guidance };
        const next = await dit.denoiseStep?.(step);
        if (next === undefined) continue;
        requireAlike('the latents', (await hostOf(next)).data, expected, same);
        // Latents that are on the device already are as good, and are left alone.
        const again = (await dit.denoiseStep?.({ ...step, latents: next })) as Tensor;
        const fromHost = (await dit.denoiseStep?.({ ...step, latents: await hostOf(next) })) as Tensor;
        requireAlike('a second step', (await hostOf(again)).data, (await hostOf(fromHost)).data, same);
        disposeTensors([next, again, fromHost]);
      }
    },
  },
  {
    name: 'conditioningVjp is the derivative of <velocity, cotangent>, and zero at padding',
    run: async (dit, { gradient: tolerance }) => {
      const request = maskedRequest(dit.info);
      const cotangent = normals(seededNoise(3), request.latents.shape);
      const gradient = await dit.conditioningVjp({ ...request, cotangent });
      const { hiddenStates, mask } = request.conditioning;
      if (gradient.shape.join() !== hiddenStates.shape.join())
        throw new Error(`its shape is [${gradient.shape.join()}]`);
      const size = dit.info.conditioningSize;
      gradient.data.forEach((value, index) => {
        const masked = mask?.data[Math.floor(index / size)] === 0;
        if (masked && value !== 0) throw new Error(`it is ${value} at padding row ${Math.floor(index / size)}`);
      });
      // Along itself the derivative is largest: its square norm, which rounding in the difference matters least to.
      const norm = normOf([gradient.data]);
      const step = 0.02;
      const along = async (sign: number): Promise<number> => {
        const moved = hiddenStates.data.map((value, i) => value + (sign * step * (gradient.data[i] as number)) / norm);
        return dot((await dit.velocity(withStates(request, moved))).data, cotangent.data);
      };
      const difference = ((await along(1)) - (await along(-1))) / (2 * step);
      requireAlike('the slope along the gradient', [difference], [norm], tolerance);
    },
  },
  {
    name: 'the fingerprint is a sha256, the same every time and whatever is pushed',
    run: async (dit) => {
      const fingerprint = await dit.fingerprint();
      if (!/^[0-9a-f]{64}$/.test(fingerprint)) throw new Error(`"${fingerprint}" is not a sha256 in hexadecimal`);
      const { id, dOut, dIn } = dit.sites[0] as DeltaSite;
      const ones = (length: number): Float32Array => new Float32Array(length).fill(1);
      const handle = dit.pushDelta(id, { kind: 'lowRank', dOut, dIn, rank: 1, u: ones(dOut), v: ones(dIn) });
      const pushed = await dit.fingerprint();
      dit.popDelta(handle);
      if (pushed !== fingerprint || (await dit.fingerprint()) !== fingerprint) throw new Error('it changes');
    },
  },
  {
    name: 'inputs that do not fit are refused, and nothing is left behind',
    run: async (dit) => {
      const request = maskedRequest(dit.info);
      const before = await dit.velocity(request);
      const { hiddenStates } = request.conditioning;
      const wider = [...hiddenStates.shape.slice(0, 2), dit.info.conditioningSize + 1];
      const wrong: Readonly<Record<string, VelocityRequest>> = {
        'latents of another grid': { ...request, grid: { height: 9, width: 9 } },
        'one noise level too few': { ...request, sigmas: [0.5] },
        'a noise level of 1.5': { ...request, sigmas: [0.5, 1.5] },
        'a noise level that is NaN': { ...request, sigmas: [Number.NaN, 0.5] },
        'wider hidden states': {
          ...request,
          conditioning: { hiddenStates: normals(seededNoise(5), wider), mask: undefined },
        },
        'a shorter mask': { ...request, conditioning: { hiddenStates, mask: boolTensor([2, 1], [true, true]) } },
      };
      for (const [what, each] of Object.entries(wrong)) {
        await requireRefusal(what, 'input', () => dit.velocity(each));
        await requireRefusal(what, 'input', () => dit.conditioningVjp({ ...each, cotangent: request.latents }));
      }
      const cotangent = f32Tensor([1], [1]);
      await requireRefusal('a short cotangent', 'input', () => dit.conditioningVjp({ ...request, cotangent }));
      requireAlike('the velocity afterwards', (await dit.velocity(request)).data, before.data, 0);
    },
  },
  {
    name: 'a cancelled call says so, and the next one works',
    run: async (dit) => {
      const request = maskedRequest(dit.info);
      const before = await dit.velocity(request);
      const signal = AbortSignal.abort();
      await requireRefusal('velocity', 'cancelled', () => dit.velocity(request, { signal }));
      const backward = { ...request, cotangent: request.latents };
      await requireRefusal('conditioningVjp', 'cancelled', () => dit.conditioningVjp(backward, { signal }));
      requireAlike('the velocity afterwards', (await dit.velocity(request)).data, before.data, 0);
    },
  },
  {
    name: 'after dispose it refuses to run, and disposing again is harmless',
    run: async (dit) => {
      await dit.dispose();
      await dit.dispose();
      await requireRefusal('velocity', 'disposed', () => dit.velocity(maskedRequest(dit.info)));
    },
  },
];

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] as number), 0);
}
