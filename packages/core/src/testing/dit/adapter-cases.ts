import { deltaArrays } from '../../delta-arrays.js';
import type { DiT, VelocityLoss } from '../../diffusion.js';
import type { DeltaSite, SiteDelta } from '../../edit.js';
import { seededNoise } from '../../noise.js';
import { f32Tensor } from '../../tensor.js';
import { normOf } from '../arrays.js';
import { requireAlike, requireDifferent } from '../expectations.js';
import { requireRefusal } from '../refusal.js';
import type { DiTCase } from './cases.js';
import { maskedRequest, memberOf, normals } from './requests.js';

/** What deltas do, with those of the first site, the last, and one between them. */
export const adapterCases: readonly DiTCase[] = [
  {
    name: 'its sites have ids of their own, sizes, and a delta at any of them can be pushed',
    run: async (dit) => {
      if (dit.sites.length === 0) throw new Error('it has no sites');
      if (new Set(dit.sites.map(({ id }) => id)).size !== dit.sites.length) throw new Error('two sites share an id');
      for (const site of dit.sites) dit.pushDelta(site.id, lowRank(site, 1));
      const velocity = await dit.velocity(maskedRequest(dit.info));
      if (!velocity.data.every(Number.isFinite)) throw new Error('the velocity has numbers that are not finite');
    },
  },
  {
    name: 'a pushed delta acts on the velocity, and popped it leaves no trace, bit for bit',
    run: async (dit) => {
      const request = maskedRequest(dit.info);
      const before = await dit.velocity(request);
      const [a, b, c] = threeSites(dit);
      const first = dit.pushDelta(a.id, lowRank(a, 1));
      const others = [dit.pushDelta(b.id, lowRank(b, 2)), dit.pushDelta(c.id, lowRank(c, 3))];
      const all = await dit.velocity(request);
      requireDifferent('the velocity', all.data, before.data);
      if (
        dit
          .deltas()
          .map(({ handle }) => handle.site)
          .join() !== [a.id, b.id, c.id].join()
      ) {
        throw new Error('deltas() does not list what is pushed, in order');
      }
      dit.popDelta(first);
      const withoutFirst = await dit.velocity(request);
      for (const handle of others) dit.popDelta(handle);
      requireAlike('the velocity without deltas', (await dit.velocity(request)).data, before.data, 0);
      dit.pushDelta(b.id, lowRank(b, 2));
      dit.pushDelta(c.id, lowRank(c, 3));
      requireAlike('the velocity with two', withoutFirst.data, (await dit.velocity(request)).data, 0);
    },
  },
  {
    name: 'deltas of one site add up, low-rank and dense alike, pushed or tried',
    run: async (dit, { same }) => {
      const request = maskedRequest(dit.info);
      const [, site] = threeSites(dit);
      const [first, second] = [lowRank(site, 1), lowRank(site, 2)];
      const one = dit.pushDelta(site.id, first);
      const two = dit.pushDelta(site.id, second);
      const stacked = (await dit.velocity(request)).data;
      dit.popDelta(two);
      const tried = await dit.velocity({ ...request, parameters: new Map([[site.id, second]]) });
      requireAlike('a trial on top of a pushed delta', tried.data, stacked, same);
      dit.popDelta(one);
      const sum = dense(site, [first, second]);
      dit.pushDelta(site.id, sum);
      requireAlike('the dense sum', (await dit.velocity(request)).data, stacked, same);
    },
  },
  {
    name: 'parameterGradients are the derivatives of <velocity, cotangent>, at trial deltas and beside pushed ones',
    run: async (dit, { gradient: tolerance }) => {
      const request = maskedRequest(dit.info);
      const cotangent = normals(seededNoise(3), request.latents.shape);
      const [a, b, c] = threeSites(dit);
      dit.pushDelta(b.id, lowRank(b, 4));
      const parameters = new Map<string, SiteDelta>([
        [a.id, lowRank(a, 1)],
        [b.id, dense(b, [lowRank(b, 2)])],
        [c.id, lowRank(c, 3)],
      ]);
      const gradients = await dit.parameterGradients({ ...request, parameters, cotangent });
      if ([...gradients.keys()].sort().join() !== [a.id, b.id, c.id].sort().join()) {
        throw new Error(`it gives gradients of ${[...gradients.keys()].join(', ')}`);
      }
      for (const { id } of [a, b, c]) {
        const [trial, gradient] = [parameters.get(id) as SiteDelta, gradients.get(id) as SiteDelta];
        const norm = normOf(deltaArrays(gradient));
        // Along itself the derivative is largest: its norm, which rounding in the difference matters least to.
        const step = 0.01;
        const along = async (sign: number): Promise<number> => {
          const moved = movedDelta(trial, gradient, (sign * step) / norm);
          const { data } = await dit.velocity({ ...request, parameters: new Map([...parameters, [id, moved]]) });
          return data.reduce((sum, value, index) => sum + value * (cotangent.data[index] as number), 0);
        };
        const difference = ((await along(1)) - (await along(-1))) / (2 * step);
        requireAlike(`the slope along the gradient of ${id}`, [difference], [norm], tolerance);
      }
    },
  },
  {
    name: 'velocityLoss is the mean squared error, with the gradients of the cotangent 2 (velocity - target) / n',
    run: async (dit, { same }) => {
      const request = maskedRequest(dit.info);
      const target = normals(seededNoise(5), request.latents.shape);
      const [a, b] = threeSites(dit);
      dit.pushDelta(b.id, lowRank(b, 4));
      const parameters = new Map<string, SiteDelta>([[a.id, lowRank(a, 1)]]);
      const tried = { ...request, parameters };
      const error = (await dit.velocity(tried)).data.map((value, at) => value - (target.data[at] as number));
      const size = error.length / request.sigmas.length;
      const losses = request.sigmas.map((_, sample) => {
        const own = error.subarray(sample * size, (sample + 1) * size);
        return own.reduce((sum, value) => sum + value * value, 0) / size;
      });
      const cotangent = f32Tensor(
        target.shape,
        error.map((value) => (2 * value) / error.length),
      );
      const byParameters = await dit.velocityLoss({ ...tried, target, wrt: 'parameters' });
      requireAlike('the losses', byParameters.losses, losses, same);
      if (byParameters.conditioning !== undefined) throw new Error('it gives a gradient that was not asked for');
      const wanted = (await dit.parameterGradients({ ...tried, cotangent })).get(a.id) as SiteDelta;
      const got = byParameters.parameters.get(a.id) as SiteDelta;
      deltaArrays(wanted).forEach((values, at) => {
        requireAlike(`gradient ${at} of ${a.id}`, deltaArrays(got)[at] as Float32Array, values, same);
      });
      const byStates = await dit.velocityLoss({ ...tried, target, wrt: 'conditioning' });
      const states = await dit.conditioningVjp({ ...tried, cotangent });
      requireAlike('the losses again', byStates.losses, losses, same);
      requireAlike('the gradient of the states', byStates.conditioning?.data ?? [], states.data, same);
    },
  },
  {
    name: 'velocityLoss in segments is that of the whole pass',
    run: async (dit, { same }) => {
      const request = maskedRequest(dit.info);
      const target = normals(seededNoise(5), request.latents.shape);
      const [a, , c] = threeSites(dit);
      const parameters = new Map<string, SiteDelta>([a, c].map((site) => [site.id, lowRank(site, 1)]));
      const loss = (wrt: 'parameters' | 'conditioning', segments: number): Promise<VelocityLoss> =>
        dit.velocityLoss({ ...request, parameters, target, wrt, segments });
      const [whole, cut] = [await loss('parameters', 1), await loss('parameters', 2)];
      requireAlike('the losses', cut.losses, whole.losses, same);
      for (const { id } of [a, c]) {
        const [wanted, got] = [whole.parameters.get(id) as SiteDelta, cut.parameters.get(id) as SiteDelta];
        deltaArrays(wanted).forEach((values, at) => {
          requireAlike(`gradient ${at} of ${id}`, deltaArrays(got)[at] as Float32Array, values, same);
        });
      }
      const [states, cutStates] = [await loss('conditioning', 1), await loss('conditioning', 2)];
      const expected = states.conditioning?.data ?? [];
      requireAlike('the gradient of the states', cutStates.conditioning?.data ?? [], expected, same);
      await requireRefusal('no segment', 'input', () => loss('conditioning', 0));
    },
  },
  {
    name: 'deltas that do not fit are refused, and nothing is left behind',
    run: async (dit) => {
      const request = maskedRequest(dit.info);
      const before = await dit.velocity(request);
      const [site] = threeSites(dit);
      const fits = lowRank(site, 1);
      const wrong: readonly (readonly [what: string, code: 'site' | 'edit', id: string, delta: SiteDelta])[] = [
        ['an unknown site', 'site', `${site.id}.none`, fits],
        ['a delta of another size', 'edit', site.id, lowRank({ ...site, dIn: site.dIn + 1 }, 1)],
        ['a factor that is short', 'edit', site.id, { ...fits, v: fits.v.slice(1) }],
        ['a NaN', 'edit', site.id, { ...fits, v: fits.v.map((value, at) => (at === 0 ? Number.NaN : value)) }],
      ];
      for (const [what, code, id, delta] of wrong) {
        const parameters = new Map([[id, delta]]);
        const cotangent = request.latents;
        await requireRefusal(`${what}, pushed`, code, async () => dit.pushDelta(id, delta));
        await requireRefusal(`${what}, tried`, code, () => dit.velocity({ ...request, parameters }));
        await requireRefusal(`${what}, trained`, code, () =>
          dit.parameterGradients({ ...request, parameters, cotangent }),
        );
      }
      await requireRefusal('no parameters', 'input', () =>
        dit.parameterGradients({ ...request, parameters: new Map(), cotangent: request.latents }),
      );
      await requireRefusal('no parameters to train', 'input', () =>
        dit.velocityLoss({ ...request, parameters: new Map(), target: request.latents, wrt: 'parameters' }),
      );
      await requireRefusal('a target of another shape', 'input', () =>
        dit.velocityLoss({ ...request, target: memberOf(request, 0).latents, wrt: 'conditioning' }),
      );
      const handle = dit.pushDelta(site.id, fits);
      dit.popDelta(handle);
      await requireRefusal('a handle popped twice', 'edit', async () => dit.popDelta(handle));
      if (dit.deltas().length !== 0) throw new Error('deltas are left behind');
      requireAlike('the velocity afterwards', (await dit.velocity(request)).data, before.data, 0);
    },
  },
];

type LowRank = SiteDelta & { readonly kind: 'lowRank' };

function threeSites({ sites }: DiT): readonly [DeltaSite, DeltaSite, DeltaSite] {
  const [first, middle, last] = [sites[0], sites[Math.floor(sites.length / 2)], sites.at(-1)];
  if (first === undefined || middle === undefined || last === undefined || new Set([first, middle, last]).size < 3) {
    throw new Error('it has fewer than three sites');
  }
  return [first, middle, last];
}

/** A random delta of rank 2 whose product with an input of size 1 is about a third. */
function lowRank({ dOut, dIn }: Pick<DeltaSite, 'dOut' | 'dIn'>, seed: number): LowRank {
  const noise = seededNoise(seed);
  const scaled = (count: number, scale: number): Float32Array => noise.normals(count).map((value) => value * scale);
  return { kind: 'lowRank', dOut, dIn, rank: 2, u: scaled(dOut * 2, 0.25), v: scaled(2 * dIn, 1 / Math.sqrt(dIn)) };
}

function dense({ dOut, dIn }: Pick<DeltaSite, 'dOut' | 'dIn'>, parts: readonly LowRank[]): SiteDelta {
  const delta = Float32Array.from({ length: dOut * dIn }, (_, at) => {
    const [row, column] = [Math.floor(at / dIn), at % dIn];
    const product = ({ u, v, rank }: LowRank, inner: number): number =>
      (u[row * rank + inner] as number) * (v[inner * dIn + column] as number);
    return parts.reduce((sum, part) => sum + product(part, 0) + product(part, 1), 0);
  });
  return { kind: 'dense', dOut, dIn, delta };
}

function movedDelta(delta: SiteDelta, direction: SiteDelta, scale: number): SiteDelta {
  const moved = (values: Float32Array, by: Float32Array): Float32Array =>
    values.map((value, at) => value + scale * (by[at] as number));
  if (delta.kind === 'dense' && direction.kind === 'dense') {
    return { ...delta, delta: moved(delta.delta, direction.delta) };
  }
  if (delta.kind === 'lowRank' && direction.kind === 'lowRank') {
    return { ...delta, u: moved(delta.u, direction.u), v: moved(delta.v, direction.v) };
  }
  throw new Error(`the gradient of a ${delta.kind} delta came back as ${direction.kind}`);
}
