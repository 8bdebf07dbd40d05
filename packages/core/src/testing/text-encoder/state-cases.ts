import { f32Tensor } from '../../tensor.js';
import type { StateOffset, StatePlace, TextEncoder } from '../../text-encoder.js';
import { requireAlike, requireDifferent } from '../expectations.js';
import { dot, normals, probe, rowOf } from './probe.js';
import type { TextEncoderCase } from './text-encoder-case.js';

/** Size of the step of central differences, relative to a direction of unit length. */
const step = 0.005;

const parts: readonly StatePlace['part'][] = ['attention', 'mlp', 'block'];

/** States inside the network, offsets on them, and their gradients. */
export const stateCases: readonly TextEncoderCase[] = [
  {
    name: 'a layer leaves the state that came to it, with what attention and the MLP add',
    run: async (encoder, { same }) => {
      const { batch, allRows } = probe(encoder);
      for (let layer = 1; layer < encoder.info.layers; layer++) {
        const places: StatePlace[] = [
          { layer: layer - 1, part: 'block' },
          ...parts.map((part): StatePlace => ({ layer, part })),
        ];
        const [before, attention, mlp, after] = await encoder.captureStates({ batch, places, rows: allRows });
        if (after?.gradient !== undefined) throw new Error('a gradient came without cotangents');
        const sum = before!.state.data.map((value, at) => value + attention!.state.data[at]! + mlp!.state.data[at]!);
        requireAlike(`the state after layer ${layer}`, after!.state.data, sum, same);
      }
    },
  },
  {
    name: 'state gradients are those of forward, at offsets',
    run: async (encoder, { gradient: tolerance }) => {
      const { batch, rows, cotangents } = probe(encoder);
      const base = sampledPlaces(encoder).map((place, index) => randomOffset(encoder, place, 80 + index));
      const captures = await encoder.captureStates({
        batch,
        places: base.map(({ place }) => place),
        rows,
        cotangents,
        offsets: base,
      });
      for (const [index, capture] of captures.entries()) {
        const gradient = capture.gradient!.data;
        const norm = Math.sqrt(dot(gradient, gradient));
        const at = async (t: number): Promise<number> => {
          const values = f32Tensor(
            capture.gradient!.shape,
            gradient.map((value) => (t * value) / norm),
          );
          return valueWith(encoder, [...base, { place: base[index]!.place, rows, values }]);
        };
        const slope = ((await at(step)) - (await at(-step))) / (2 * step);
        const { layer, part } = base[index]!.place;
        requireAlike(`the slope at ${part} of layer ${layer}`, [slope], [norm], tolerance);
      }
    },
  },
  {
    name: 'a computation that starts at a layer is the rest of one from the tokens',
    run: async (encoder, { same }) => {
      const { batch, rows, allRows, cotangents } = probe(encoder);
      const { layers, tap } = encoder.info;
      const layer = Math.min(layers - 1, tap < 0 ? layers + 1 + tap : tap);
      if (layer < 1) return;
      const [below] = await encoder.captureStates({
        batch,
        places: [{ layer: layer - 1, part: 'block' }],
        rows: allRows,
      });
      const start = { layer, states: below!.state };
      const offsets = [randomOffset(encoder, { layer, part: 'mlp' }, 90)];
      const places: StatePlace[] = parts.map((part) => ({ layer, part }));
      const wanted = { batch, logits: rows, hidden: rows, offsets };
      const [whole, rest] = [await encoder.forward(wanted), await encoder.forward({ ...wanted, start })];
      requireAlike('the logits', rest.logits.data, whole.logits.data, same);
      requireAlike('the hidden states', rest.hidden.data, whole.hidden.data, same);
      for (const seeds of [undefined, cotangents]) {
        const request = { batch, places, rows, offsets, cotangents: seeds };
        const captures = await encoder.captureStates({ ...request, start });
        for (const [index, { state, gradient }] of (await encoder.captureStates(request)).entries()) {
          requireAlike('the states', captures[index]!.state.data, state.data, same);
          if (gradient === undefined) continue;
          requireAlike('the gradients', captures[index]!.gradient!.data, gradient.data, same);
        }
      }
      const sites = encoder.sites.filter((site) => site.layer >= layer && site.reachesTap).map(({ id }) => id);
      if (sites.length === 0) return;
      const request = { batch, sites, rows, cotangents };
      const captures = await encoder.capture({ ...request, start });
      for (const [id, { input, outputGradient }] of await encoder.capture(request)) {
        requireAlike(`the input of ${id}`, captures.get(id)!.input.data, input.data, same);
        requireAlike(`the gradient of ${id}`, captures.get(id)!.outputGradient!.data, outputGradient!.data, same);
      }
    },
  },
  {
    name: 'an offset is added to its rows, reaches no earlier one and no other sequence, and is gone afterwards',
    run: async (encoder, { same }) => {
      const { batch, allRows } = probe(encoder);
      const row = { sequence: 0, position: Math.floor(batch[0]!.length / 2) };
      for (const place of sampledPlaces(encoder)) {
        const places: StatePlace[] = [place, { layer: encoder.info.layers - 1, part: 'block' }];
        const values = normals(3, [1, encoder.info.hiddenSize]);
        const offsets = [{ place, rows: [row], values }];
        const [before, last] = await encoder.captureStates({ batch, places, rows: allRows });
        const [after, lastAfter] = await encoder.captureStates({ batch, places, rows: allRows, offsets });
        allRows.forEach(({ sequence, position }, index) => {
          const own = sequence === row.sequence && position === row.position;
          const expected = rowOf(before!.state, index).map((value, at) => value + (own ? values.data[at]! : 0));
          requireAlike(`row ${position} of sequence ${sequence}`, rowOf(after!.state, index), expected, same);
          const reached = sequence === row.sequence && position >= row.position;
          if (reached && own)
            requireDifferent('the last state', rowOf(lastAfter!.state, index), rowOf(last!.state, index));
          if (!reached)
            requireAlike('an untouched row', rowOf(lastAfter!.state, index), rowOf(last!.state, index), same);
        });
        const [again] = await encoder.captureStates({ batch, places, rows: allRows });
        requireAlike('the states afterwards', again!.state.data, before!.state.data, 0);
      }
    },
  },
];

/** Every part of the first and the last layer. */
function sampledPlaces({ info }: TextEncoder): StatePlace[] {
  return [0, info.layers - 1].flatMap((layer) => parts.map((part) => ({ layer, part })));
}

function randomOffset(encoder: TextEncoder, place: StatePlace, seed: number): StateOffset {
  const { rows } = probe(encoder);
  const noise = normals(seed, [rows.length, encoder.info.hiddenSize]);
  return {
    place,
    rows,
    values: f32Tensor(
      noise.shape,
      noise.data.map((value) => 0.1 * value),
    ),
  };
}

/** The probe's scalar with offsets. */
async function valueWith(encoder: TextEncoder, offsets: readonly StateOffset[]): Promise<number> {
  const { batch, rows, cotangents } = probe(encoder);
  const { logits, hidden } = await encoder.forward({ batch, logits: rows, hidden: rows, offsets });
  return dot(logits.data, cotangents.logits!.values.data) + dot(hidden.data, cotangents.hidden!.values.data);
}
