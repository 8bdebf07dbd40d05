import type { HostTensor } from '../../tensor.js';
import type { Cotangents, CotangentsAfter, ForwardResult, TextEncoder } from '../../text-encoder.js';

/** What is done to the calls of an encoder, each of them counted from 0. */
export interface EncoderHooks {
  /** Before a call that runs the model; what it throws the call rejects with. */
  readonly run?: ((call: number) => void) | undefined;
  /** Before a delta is pushed. */
  readonly push?: ((push: number) => void) | undefined;
  /** Whether every number that the call computes is NaN instead, as it is with weights that are not finite. */
  readonly poisoned?: ((call: number) => boolean) | undefined;
}

export interface WatchedEncoder extends TextEncoder {
  /** How often the model was run, and how many deltas were pushed. */
  readonly count: { readonly runs: number; readonly pushes: number };
}

/** The encoder, with hooks around what an editor does to it: a device that fails, a caller that cancels, broken weights. */
export function watchedEncoder(encoder: TextEncoder, { run, push, poisoned }: EncoderHooks = {}): WatchedEncoder {
  const count = { runs: 0, pushes: 0 };
  const around = async <T>(call: () => Promise<T>, poison: (result: T) => T = (result) => result): Promise<T> => {
    const index = count.runs++;
    run?.(index);
    const result = await call();
    return poisoned?.(index) === true ? poison(result) : result;
  };
  /** The forward pass in the middle of a call counts as one of its own. */
  const following = <Given extends Cotangents | CotangentsAfter | undefined>(cotangents: Given): Given =>
    cotangents !== undefined && 'after' in cotangents
      ? { ...cotangents, after: async (result) => cotangents.after(await around(async () => result, poisonedForward)) }
      : cotangents;
  return {
    count,
    info: encoder.info,
    backend: encoder.backend,
    sites: encoder.sites,
    release: () => encoder.release(),
    fingerprint: () => encoder.fingerprint(),
    tokenize: (text, options) => encoder.tokenize(text, options),
    decode: (ids) => encoder.decode(ids),
    encodeQuestion: (question, answer, options) => encoder.encodeQuestion(question, answer, options),
    encode: (prompts, options) =>
      around(
        () => encoder.encode(prompts, options),
        (result) => ({ ...result, hiddenStates: notNumbers(result.hiddenStates) }),
      ),
    generate: (question, options) => around(() => encoder.generate(question, options)),
    forward: (request, options) => around(() => encoder.forward(request, options), poisonedForward),
    capture: (request, options) =>
      around(
        () => encoder.capture({ ...request, cotangents: following(request.cotangents) }, options),
        (captures) =>
          new Map(
            [...captures].map(([site, { input, outputGradient }]) => [
              site,
              { input: notNumbers(input), outputGradient: outputGradient && notNumbers(outputGradient) },
            ]),
          ),
      ),
    captureStates: (request, options) =>
      around(
        () => encoder.captureStates({ ...request, cotangents: following(request.cotangents) }, options),
        (captures) =>
          captures.map(({ state, gradient }) => ({
            state: notNumbers(state),
            gradient: gradient && notNumbers(gradient),
          })),
      ),
    parameterGradients: (request, options) =>
      around(
        () => encoder.parameterGradients({ ...request, cotangents: following(request.cotangents) }, options),
        (gradients) =>
          new Map(
            [...gradients].map(([site, each]) => [
              site,
              each.kind === 'dense'
                ? { ...each, delta: each.delta.map(() => Number.NaN) }
                : { ...each, u: each.u.map(() => Number.NaN), v: each.v.map(() => Number.NaN) },
            ]),
          ),
      ),
    secondMoment: (request, options) =>
      around(
        () => encoder.secondMoment(request, options),
        (moments) =>
          new Map([...moments].map(([site, each]) => [site, { ...each, sum: each.sum.map(() => Number.NaN) }])),
      ),
    readWeight: (site) => encoder.readWeight(site),
    pushDelta: (site, delta) => {
      push?.(count.pushes++);
      return encoder.pushDelta(site, delta);
    },
    popDelta: (handle) => encoder.popDelta(handle),
    deltas: () => encoder.deltas(),
    dispose: () => encoder.dispose(),
  };
}

function poisonedForward({ logits, hidden }: ForwardResult): ForwardResult {
  return { logits: notNumbers(logits), hidden: notNumbers(hidden) };
}

function notNumbers(tensor: HostTensor<'f32'>): HostTensor<'f32'> {
  return { ...tensor, data: tensor.data.map(() => Number.NaN) };
}
