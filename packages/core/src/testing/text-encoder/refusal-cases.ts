import type { PromptTemplate, SiteDelta } from '../../edit.js';
import { f32Tensor } from '../../tensor.js';
import type { StatePlace, TextEncoder } from '../../text-encoder.js';
import { requireAlike } from '../expectations.js';
import { refusalTo, requireRefusal } from '../refusal.js';
import { firstSite, lowRankDelta, outputsOf, probe, questions } from './probe.js';
import type { TextEncoderCase } from './text-encoder-case.js';

/** What is refused, and that nothing is left behind. */
export const refusalCases: readonly TextEncoderCase[] = [
  {
    name: 'deltas that do not fit are refused and leave everything as it was',
    run: async (encoder) => {
      const site = firstSite(encoder);
      const { dOut, dIn } = site;
      encoder.pushDelta(site.id, lowRankDelta(site, 1, 1));
      const before = await outputsOf(encoder);
      const dense = (delta: Float32Array, rows = dOut): SiteDelta => ({ kind: 'dense', dOut: rows, dIn, delta });
      const low = (rank: number, u: Float32Array, v: Float32Array): SiteDelta => ({
        kind: 'lowRank',
        dOut,
        dIn,
        rank,
        u,
        v,
      });
      const zeros = (count: number): Float32Array => new Float32Array(count);
      const wrong: Readonly<Record<string, SiteDelta>> = {
        'a NaN': dense(zeros(dOut * dIn).fill(Number.NaN, 3, 4)),
        'an infinite number': low(1, zeros(dOut).fill(Number.POSITIVE_INFINITY), zeros(dIn)),
        'another shape': dense(zeros((dOut + 1) * dIn), dOut + 1),
        'numbers too few': dense(zeros(dOut * dIn - 1)),
        'a factor of another rank': low(2, zeros(dOut), zeros(2 * dIn)),
        'rank 0': low(0, zeros(0), zeros(0)),
      };
      const { batch, cotangents } = probe(encoder);
      for (const [what, delta] of Object.entries(wrong)) {
        await requireRefusal(what, 'edit', async () => encoder.pushDelta(site.id, delta));
        const parameters = new Map([[site.id, delta]]);
        await requireRefusal(what, 'edit', () => encoder.parameterGradients({ batch, parameters, cotangents }));
      }
      const above = encoder.sites.find((each) => !each.reachesTap);
      for (const id of ['layers.0.mlp.nothing', ...(above === undefined ? [] : [above.id])]) {
        await requireRefusal(id, 'site', async () => encoder.pushDelta(id, lowRankDelta(site, 1, 2)));
      }
      const handle = encoder.pushDelta(site.id, lowRankDelta(site, 1, 2));
      encoder.popDelta(handle);
      await requireRefusal('a delta that is gone', 'edit', async () => encoder.popDelta(handle));
      requireAlike('the outputs afterwards', await outputsOf(encoder), before, 0);
      if (encoder.deltas().length !== 1) throw new Error(`${encoder.deltas().length} deltas are pushed`);
    },
  },
  {
    name: 'questions and prompts that do not fit are refused',
    run: async (encoder) => {
      const endless = 'frog '.repeat(encoder.info.maxLength + 1);
      await requireRefusal('an empty answer', 'prompt', async () => encoder.encodeQuestion('a frog', '  '));
      await requireRefusal('an endless prompt', 'prompt', async () => encoder.tokenize(endless));
      await requireRefusal('an endless question', 'prompt', async () => encoder.encodeQuestion(endless, 'green'));
      await requireRefusal('an endless conditioning', 'prompt', () => encoder.encode(['a frog', endless]));
      await requireRefusal('no prompts', 'input', () => encoder.encode([]));
      await requireRefusal('no new tokens', 'input', () => encoder.generate('a frog', { maxNewTokens: 0 }));
      const misspelt = { max_new_tokens: 1 } as object;
      await requireRefusal('an option that there is not', 'input', () => encoder.generate('a frog', misspelt), [
        'max_new_tokens',
      ]);
    },
  },
  {
    name: 'a template that does not exist is refused, naming the option',
    run: async (encoder) => {
      for (const name of ['Raw', 'constructor', null]) {
        const template = name as PromptTemplate;
        const refused: Readonly<Record<string, () => unknown>> = {
          tokenize: () => encoder.tokenize('a frog', { template }),
          encodeQuestion: () => encoder.encodeQuestion('a frog', 'green', { template }),
          generate: () => encoder.generate('a frog', { template, maxNewTokens: 1 }),
        };
        for (const [call, run] of Object.entries(refused)) {
          const what = `${call} with template ${name}`;
          const { code, message, details } = await refusalTo(what, 'input', run);
          if (code === 'input' && details.field === 'template') continue;
          throw new Error(`${what}: expected MokusError "input" of field template, got "${code}": ${message}`);
        }
      }
    },
  },
  {
    name: 'batches, rows, sites and cotangents that do not fit are refused',
    run: async (encoder) => {
      const { batch, rows, cotangents } = probe(encoder);
      const site = firstSite(encoder).id;
      const before = await outputsOf(encoder);
      const { vocabSize, layers } = encoder.info;
      const place: StatePlace = { layer: 0, part: 'block' };
      const refused: Readonly<Record<string, () => Promise<unknown>>> = {
        'an empty batch': () => encoder.forward({ batch: [] }),
        'an empty sequence': () => encoder.forward({ batch: [[]] }),
        'an id outside the vocabulary': () => encoder.forward({ batch: [[vocabSize]] }),
        'an id that is no whole number': () => encoder.forward({ batch: [[0.5]] }),
        'a row of padding': () => encoder.forward({ batch, hidden: [{ sequence: 1, position: batch[0]!.length - 1 }] }),
        'a row of no sequence': () => encoder.forward({ batch, logits: [{ sequence: 2, position: 0 }] }),
        'no rows to capture': () => encoder.capture({ batch, sites: [site], rows: [] }),
        'no sites to capture': () => encoder.capture({ batch, sites: [], rows }),
        'no rows to capture states at': () => encoder.captureStates({ batch, places: [place], rows: [] }),
        'no places to capture': () => encoder.captureStates({ batch, places: [], rows }),
        'a layer that is not there': () =>
          encoder.captureStates({ batch, places: [{ ...place, layer: layers }], rows }),
        'an offset of another shape': () =>
          encoder.forward({ batch, logits: rows, offsets: [{ place, rows, values: f32Tensor([1, 1], [1]) }] }),
        'a start at the tokens': () =>
          encoder.forward({ batch, logits: rows, start: { layer: 0, states: f32Tensor([1, 1], [1]) } }),
        'a start of another shape': () =>
          encoder.forward({ batch, logits: rows, start: { layer: 1, states: f32Tensor([1, 1], [1]) } }),
        'cotangents of nothing': () => encoder.capture({ batch, sites: [site], rows, cotangents: {} }),
        'a cotangent of another shape': () =>
          encoder.capture({
            batch,
            sites: [site],
            rows,
            cotangents: { logits: { rows, values: f32Tensor([1, 1], [1]) } },
          }),
      };
      for (const [what, run] of Object.entries(refused)) await requireRefusal(what, 'input', run);
      const unknown = ['layers.0.mlp.nothing'];
      await requireRefusal('an unknown site', 'site', () =>
        encoder.capture({ batch, sites: unknown, rows, cotangents }),
      );
      await requireRefusal('an unknown site', 'site', () => encoder.secondMoment({ batch, sites: unknown }));
      await requireRefusal('an unknown weight', 'site', () => encoder.readWeight('layers.0.mlp.nothing'));
      requireAlike('the outputs afterwards', await outputsOf(encoder), before, 0);
    },
  },
  {
    name: 'a cancelled call says so, and the next one works',
    run: async (encoder) => {
      const before = await outputsOf(encoder);
      for (const [what, run] of Object.entries(calls(encoder, { signal: AbortSignal.abort() }))) {
        await requireRefusal(what, 'cancelled', run);
      }
      requireAlike('the outputs afterwards', await outputsOf(encoder), before, 0);
    },
  },
  {
    name: 'after dispose it refuses to run, and disposing again is harmless',
    run: async (encoder) => {
      const running = calls(encoder, {});
      await encoder.dispose();
      await encoder.dispose();
      for (const [what, run] of Object.entries(running)) await requireRefusal(what, 'disposed', run);
    },
  },
];

/** Every call that runs the model. */
function calls(
  encoder: TextEncoder,
  options: { readonly signal?: AbortSignal },
): Readonly<Record<string, () => Promise<unknown>>> {
  const { batch, rows, cotangents } = probe(encoder);
  const site = firstSite(encoder);
  const sites = [site.id];
  const parameters = new Map([[site.id, lowRankDelta(site, 1, 1)]]);
  const [{ question }] = questions;
  return {
    encode: () => encoder.encode([question], options),
    generate: () => encoder.generate(question, options),
    forward: () => encoder.forward({ batch, logits: rows, hidden: rows }, options),
    capture: () => encoder.capture({ batch, sites, rows, cotangents }, options),
    'capture of inputs': () => encoder.capture({ batch, sites, rows }, options),
    captureStates: () => encoder.captureStates({ batch, places: [{ layer: 0, part: 'mlp' }], rows }, options),
    parameterGradients: () => encoder.parameterGradients({ batch, parameters, cotangents }, options),
    secondMoment: () => encoder.secondMoment({ batch, sites }, options),
  };
}
