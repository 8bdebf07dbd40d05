import { f32Tensor, type SiteDelta, type TextEncoder } from '@mokus/core';
import { textEncoderCases } from '@mokus/core/testing';
import { describe, expect, it } from 'vitest';
import { tinyTextEncoder } from '../support/text-encoder.js';

/** The encoder with some of its methods replaced. */
function withFault(encoder: TextEncoder, fault: Partial<TextEncoder>): TextEncoder {
  return new Proxy(encoder, {
    get: (target, name) => {
      const found: unknown = Reflect.get(name in fault ? fault : target, name);
      return typeof found === 'function' ? found.bind(target) : found;
    },
  });
}

const scaled = (values: Float32Array, factor: number): Float32Array => values.map((value) => value * factor);

const faults: readonly (readonly [string, RegExp, (encoder: TextEncoder) => Partial<TextEncoder>])[] = [
  [
    'output gradients that are 1 % too large',
    /captured inputs and output gradients/,
    (encoder) => ({
      capture: async (request, options) => {
        const captures = await encoder.capture(request, options);
        return new Map(
          [...captures].map(([site, { input, outputGradient: g }]) => [
            site,
            { input, outputGradient: g && f32Tensor(g.shape, scaled(g.data, 1.01)) },
          ]),
        );
      },
    }),
  ],
  [
    'parameter gradients without what is pushed',
    /parameter gradients of low-rank trials/,
    (encoder) => ({
      parameterGradients: async (request, options) => {
        const pushed = encoder.deltas();
        for (const { handle } of pushed) encoder.popDelta(handle);
        const gradients = await encoder.parameterGradients(request, options);
        for (const { handle, delta } of pushed) encoder.pushDelta(handle.site, delta);
        return gradients;
      },
    }),
  ],
  [
    'state gradients that are 1 % too large',
    /state gradients are those of forward/,
    (encoder) => ({
      captureStates: async (request, options) => {
        const captures = await encoder.captureStates(request, options);
        return captures.map(({ state, gradient: g }) => ({
          state,
          gradient: g && f32Tensor(g.shape, scaled(g.data, 1.01)),
        }));
      },
    }),
  ],
  [
    'offsets that are left out',
    /an offset is added to its rows/,
    (encoder) => ({
      captureStates: (request, options) => encoder.captureStates({ ...request, offsets: [] }, options),
    }),
  ],
  [
    'a batch whose members see the padding',
    /a padded batch/,
    (encoder) => ({
      forward: (request, options) => {
        const longest = Math.max(...request.batch.map((ids) => ids.length));
        const batch = request.batch.map((ids) => [...Array(longest - ids.length).fill(0), ...ids]);
        const moved = (rows: typeof request.hidden): typeof request.hidden =>
          rows?.map(({ sequence, position }) => ({
            sequence,
            position: position + longest - request.batch[sequence]!.length,
          }));
        return encoder.forward({ batch, logits: moved(request.logits), hidden: moved(request.hidden) }, options);
      },
    }),
  ],
  ['deltas that stay', /leaves no trace/, () => ({ popDelta: () => undefined })],
  [
    'a delta that is kept by reference',
    /a pushed delta is a copy/,
    (encoder) => {
      const kept: (readonly [string, SiteDelta])[] = [];
      return {
        pushDelta: (site, delta) => {
          kept.push([site, delta]);
          return encoder.pushDelta(site, delta);
        },
        forward: (request, options) => {
          for (const { handle } of encoder.deltas()) encoder.popDelta(handle);
          for (const [site, delta] of kept) encoder.pushDelta(site, delta);
          return encoder.forward(request, options);
        },
      };
    },
  ],
  [
    'a template that does not exist taken for another',
    /a template that does not exist/,
    (encoder) => ({
      tokenize: (text, { template } = {}) =>
        encoder.tokenize(text, { template: template === 'raw' || template === 'chat' ? template : 'pipeline' }),
    }),
  ],
  [
    'second moments of every position, whatever the rows',
    /second moments are sums/,
    (encoder) => ({
      secondMoment: ({ batch, sites }, options) => encoder.secondMoment({ batch, sites }, options),
    }),
  ],
  [
    'an option of generate that is passed over',
    /questions and prompts that do not fit/,
    (encoder) => ({
      generate: (question, { maxNewTokens, template } = {}) => encoder.generate(question, { maxNewTokens, template }),
    }),
  ],
  [
    'conditioning with the template`s prefix',
    /the conditioning is the tapped states/,
    (encoder) => ({
      encode: async (prompts) => {
        const batch = prompts.map((prompt) => encoder.tokenize(prompt).ids);
        const hidden = batch.flatMap((ids, sequence) => ids.map((_, position) => ({ sequence, position })));
        const states = await encoder.forward({ batch, hidden });
        const shape = [1, ...states.hidden.shape];
        return { hiddenStates: f32Tensor(shape, states.hidden.data), mask: undefined };
      },
    }),
  ],
];

describe('the kit notices', () => {
  it.each(faults)('%s', async (_name, caseName, fault) => {
    const found = textEncoderCases.find(({ name }) => caseName.test(name));
    const encoder = await tinyTextEncoder();
    const tolerances = { same: 3e-6, gradient: 3e-3 };
    await expect(found!.run(withFault(encoder, fault(encoder)), tolerances)).rejects.toThrow();
    await encoder.dispose();
  });
});
