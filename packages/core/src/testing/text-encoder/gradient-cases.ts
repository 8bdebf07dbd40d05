import type { Site, SiteDelta } from '../../edit.js';
import type { Cotangents, CotangentsAfter, ForwardResult, SiteCapture } from '../../text-encoder.js';
import { requireAlike } from '../expectations.js';
import { dot, editableSites, lowRankDelta, normals, probe, rowOf, sampledSites, slopeAlong } from './probe.js';
import type { TextEncoderCase } from './text-encoder-case.js';

/** Sizes of the steps of central differences, relative to directions of unit length. */
const step = 0.005;

/** Captures and parameter gradients against central differences of forward passes. */
export const gradientCases: readonly TextEncoderCase[] = [
  {
    name: 'captured inputs and output gradients are those of forward, for a delta of rank 1',
    run: async (encoder, { gradient: tolerance }) => {
      const { batch, allRows, cotangents } = probe(encoder);
      const sites = sampledSites(encoder);
      const ids = sites.map((site) => site.id);
      const captures = await encoder.capture({ batch, sites: ids, rows: allRows, cotangents });
      for (const site of sites) {
        const capture = captures.get(site.id) as SiteCapture;
        const [u, v] = strongestDirection(site, capture);
        // dL/dt of W + t u v^T is the sum over rows of (g . u)(h . v).
        let expected = 0;
        for (let row = 0; row < allRows.length; row++) {
          expected += dot(rowOf(gradientOf(site, capture), row), u) * dot(rowOf(capture.input, row), v);
        }
        const slope = await slopeAlong(encoder, step, (t) => [
          [site.id, { kind: 'lowRank', dOut: site.dOut, dIn: site.dIn, rank: 1, u: u.map((each) => each * t), v }],
        ]);
        requireAlike(`the slope at ${site.id}`, [slope], [expected], tolerance);
      }
    },
  },
  {
    name: 'a capture of few sites and rows is that part of a whole one, and inputs need no cotangents',
    run: async (encoder, { same }) => {
      const { batch, allRows, rows, cotangents } = probe(encoder);
      const sites = editableSites(encoder);
      const whole = await encoder.capture({ batch, sites: sites.map((site) => site.id), rows: allRows, cotangents });
      const places = rows.map((row) =>
        allRows.findIndex((each) => each.sequence === row.sequence && each.position === row.position),
      );
      for (const site of [sites[0] as Site, sites.at(-1) as Site]) {
        const part = (await encoder.capture({ batch, sites: [site.id], rows, cotangents })).get(site.id) as SiteCapture;
        const inputs = (await encoder.capture({ batch, sites: [site.id], rows })).get(site.id) as SiteCapture;
        if (inputs.outputGradient !== undefined) throw new Error('a gradient came without cotangents');
        const all = whole.get(site.id) as SiteCapture;
        const input = places.flatMap((row) => [...rowOf(all.input, row)]);
        const gradient = places.flatMap((row) => [...rowOf(gradientOf(site, all), row)]);
        requireAlike(`inputs of ${site.id}`, part.input.data, input, same);
        requireAlike(`inputs of ${site.id} alone`, inputs.input.data, input, same);
        requireAlike(`gradients of ${site.id}`, gradientOf(site, part).data, gradient, same);
      }
    },
  },
  {
    name: 'cotangents that follow from the forward pass give the gradients of fixed ones, and none gives none',
    run: async (encoder, { same }) => {
      const { batch, allRows: rows, cotangents } = probe(encoder);
      const asked = { logits: cotangents.logits?.rows, hidden: cotangents.hidden?.rows };
      const site = editableSites(encoder)[0] as Site;
      const { id } = site;
      const delta = lowRankDelta(site, 2, 11);
      const parameters = new Map([[id, delta]]);
      const places = [{ layer: 0, part: 'block' as const }];

      const plain = await encoder.forward({ batch, ...asked });
      const handle = encoder.pushDelta(id, delta);
      const tried = await encoder.forward({ batch, ...asked });
      encoder.popDelta(handle);
      const following = (forward: ForwardResult): CotangentsAfter => ({
        ...asked,
        after: async ({ logits, hidden }) => {
          requireAlike('the logits on the way', logits.data, forward.logits.data, same);
          requireAlike('the hidden states on the way', hidden.data, forward.hidden.data, same);
          return cotangents;
        },
      });
      const none: CotangentsAfter = { ...asked, after: async () => undefined };

      const gradients = async (
        inside: Cotangents | CotangentsAfter,
        atTrial = inside,
      ): Promise<(Float32Array | undefined)[]> => {
        const capture = (await encoder.capture({ batch, sites: [id], rows, cotangents: inside })).get(id);
        const [state] = await encoder.captureStates({ batch, places, rows, cotangents: inside });
        const ofTrial = (await encoder.parameterGradients({ batch, parameters, cotangents: atTrial })).get(id);
        const ofFactors = ofTrial?.kind === 'lowRank' ? [ofTrial.u, ofTrial.v] : [undefined, undefined];
        return [capture?.outputGradient?.data, state?.gradient?.data, ...ofFactors];
      };
      const expected = await gradients(cotangents);
      (await gradients(following(plain), following(tried))).forEach((gradient, at) => {
        requireAlike(`gradient ${at}`, gradient ?? [], expected[at] ?? [Number.NaN], same);
      });
      if ((await gradients(none)).some((gradient) => gradient !== undefined)) {
        throw new Error('gradients came without cotangents');
      }
    },
  },
  {
    name: 'sites of one input group have the same input, and gradients with respect to logits and to states add up',
    run: async (encoder, { same }) => {
      const { batch, rows, cotangents } = probe(encoder);
      const sites = editableSites(encoder);
      const ids = sites.map((site) => site.id);
      const both = await encoder.capture({ batch, sites: ids, rows, cotangents });
      const logits = await encoder.capture({ batch, sites: ids, rows, cotangents: { logits: cotangents.logits } });
      const hidden = await encoder.capture({ batch, sites: ids, rows, cotangents: { hidden: cotangents.hidden } });
      const inputOf = new Map<string, SiteCapture>();
      for (const site of sites) {
        const capture = both.get(site.id) as SiteCapture;
        const first = inputOf.get(site.inputGroup) ?? capture;
        inputOf.set(site.inputGroup, first);
        requireAlike(`the input of ${site.id}`, capture.input.data, first.input.data, 0);
        const other = gradientOf(site, hidden.get(site.id) as SiteCapture).data;
        const sum = gradientOf(site, logits.get(site.id) as SiteCapture).data.map(
          (value, index) => value + (other[index] as number),
        );
        requireAlike(`the gradient of ${site.id}`, gradientOf(site, capture).data, sum, same);
      }
    },
  },
  {
    name: 'parameter gradients of low-rank trials are those of forward, on top of what is pushed',
    run: async (encoder, { gradient: tolerance }) => {
      const sites = sampledSites(encoder);
      for (const [index, site] of sites.entries()) encoder.pushDelta(site.id, lowRankDelta(site, 2, 20 + index));
      const trials = new Map(sites.map((site, index) => [site.id, lowRankDelta(site, 3, 40 + index)]));
      await requireGradients(encoder, trials, tolerance);
    },
  },
  {
    name: 'parameter gradients of dense trials are those of forward',
    run: async (encoder, { gradient: tolerance }) => {
      const trials = new Map(
        sampledSites(encoder).map((site, index) => {
          const { dOut, dIn } = site;
          const delta = normals(60 + index, [dOut * dIn]).data.map((value) => (0.1 * value) / Math.sqrt(dIn));
          return [site.id, { kind: 'dense', dOut, dIn, delta } satisfies SiteDelta];
        }),
      );
      await requireGradients(encoder, trials, tolerance);
    },
  },
];

/** The gradient of all trials together against the slope along it, and each part against the slope along that part. */
async function requireGradients(
  encoder: Parameters<typeof probe>[0],
  trials: ReadonlyMap<string, SiteDelta>,
  tolerance: number,
): Promise<void> {
  const { batch, cotangents } = probe(encoder);
  const gradients = await encoder.parameterGradients({ batch, parameters: trials, cotangents });
  for (const [site, trial] of trials) {
    const gradient = gradients.get(site);
    if (gradient === undefined || gradient.kind !== trial.kind)
      throw new Error(`${site} has no ${trial.kind} gradient`);
    for (const part of partsOf(trial)) {
      const direction = arrayOf(gradient, part);
      const norm = Math.sqrt(dot(direction, direction));
      const slope = await slopeAlong(encoder, step, (t) =>
        [...trials].map(([id, each]) => [id, id === site ? moved(each, part, direction, t / norm) : each] as const),
      );
      requireAlike(`the slope along d${part} of ${site}`, [slope], [norm], tolerance);
    }
  }
}

type Part = 'u' | 'v' | 'delta';

function partsOf(delta: SiteDelta): Part[] {
  return delta.kind === 'lowRank' ? ['u', 'v'] : ['delta'];
}

function arrayOf(delta: SiteDelta, part: Part): Float32Array {
  return (delta as unknown as Readonly<Record<Part, Float32Array>>)[part];
}

function moved(delta: SiteDelta, part: Part, direction: Float32Array, t: number): SiteDelta {
  const array = arrayOf(delta, part).map((value, index) => value + t * (direction[index] as number));
  return { ...delta, [part]: array };
}

/** Unit vectors u and v along the gradient and the input of the row where the gradient is largest. */
function strongestDirection(site: Site, capture: SiteCapture): [Float32Array, Float32Array] {
  const gradient = gradientOf(site, capture);
  const rows = Array.from({ length: gradient.shape[0] as number }, (_, row) => row);
  const size = (row: number): number => dot(rowOf(gradient, row), rowOf(gradient, row));
  const strongest = rows.reduce((best, row) => (size(row) > size(best) ? row : best), 0);
  return [unit(rowOf(gradient, strongest)), unit(rowOf(capture.input, strongest))];
}

function unit(vector: Float32Array): Float32Array {
  const norm = Math.sqrt(dot(vector, vector));
  return vector.map((value) => value / norm);
}

function gradientOf(site: Site, { outputGradient }: SiteCapture): NonNullable<SiteCapture['outputGradient']> {
  if (outputGradient === undefined) throw new Error(`${site.id} has no output gradient`);
  return outputGradient;
}
