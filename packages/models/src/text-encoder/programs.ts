import type { Site, StatePlace } from '@mokus/core';
import { Graph, gather, gradients, type Program, reshape, type Seed, type Value } from '@mokus/graph';
import { factorGradients, outputGradients } from '../deltas/gradient-outputs.js';
import {
  buildDecoder,
  type Decoder,
  type DecoderOptions,
  declareDecoderInputs,
  outputProjection,
  stateName,
} from './decoder.js';

export interface TextEncoderProgramOptions extends DecoderOptions {
  /** Index into hidden_states, from 0: how many blocks lie below the tap. */
  readonly tapDepth: number;
  /** Whether programs of gradients return `logits` and `hidden` too, for cotangents that follow from them. */
  readonly results?: boolean | undefined;
}

/** What a backward pass starts from. */
export const cotangentInputs = { logits: 'logitsCotangent', hidden: 'hiddenCotangent' } as const;

/** Names of what capture programs return. */
export const captureOutputs = {
  input: (site: Site): string => `input.${site.inputGroup}`,
  outputGradient: (site: Site): string => `outputGradient.${site.id}`,
} as const;

/** Names of what state programs return. */
export const stateOutputs = {
  state: (place: StatePlace): string => `state.${stateName(place)}`,
  gradient: (place: StatePlace): string => `stateGradient.${stateName(place)}`,
} as const;

/** Name of the input that is added to a state. */
export function offsetInput(place: StatePlace): string {
  return `offset.${stateName(place)}`;
}

interface Rows {
  readonly decoder: Decoder;
  /** f32 [logitsRows, vocabSize]. */
  readonly logits: Value;
  /** f32 [hiddenRows, hiddenSize]. */
  readonly hidden: Value;
}

/** hiddenRows i32 [hiddenRows] -> `hidden` f32 [hiddenRows, hiddenSize], at the tap. */
export function hiddenProgram(options: TextEncoderProgramOptions): Program {
  const graph = new Graph();
  const decoder = buildDecoder(graph, declareDecoderInputs(graph, options), {
    ...options,
    depth: options.tapDepth,
  });
  graph.output('hidden', atRows(graph, decoder.hiddenStates.get(options.tapDepth)!, 'hiddenRows'));
  return graph.build();
}

/** logitsRows and hiddenRows, and offsets at places -> `logits` and `hidden`. */
export function forwardProgram(options: TextEncoderProgramOptions, offsets: readonly StatePlace[] = []): Program {
  const graph = new Graph();
  buildRows(graph, { ...withOffsets(graph, options, offsets), results: true });
  return graph.build();
}

/** How many layers it takes to reach the sites' inputs. */
export function siteInputsDepth(sites: readonly Site[]): number {
  return 1 + Math.max(...sites.map((site) => site.layer));
}

/** rows i32 [rows] -> the inputs of the sites' groups at them. */
export function siteInputsProgram(options: TextEncoderProgramOptions, sites: readonly Site[]): Program {
  const graph = new Graph();
  const decoder = buildDecoder(graph, declareDecoderInputs(graph, options), {
    ...options,
    depth: siteInputsDepth(sites),
  });
  outputSiteInputs(graph, decoder, sites, graph.input('rows', 'i32', ['rows']));
  return graph.build();
}

/** rows, and cotangents at logitsRows and hiddenRows -> the sites' inputs and dL/d(output) at the rows. */
export function captureProgram(options: TextEncoderProgramOptions, sites: readonly Site[]): Program {
  const graph = new Graph();
  const rows = graph.input('rows', 'i32', ['rows']);
  const built = buildRows(graph, options);
  outputSiteInputs(graph, built.decoder, sites, rows);
  const outputs = sites.map((site) => built.decoder.sites.get(site.id)!.output);
  gradients(seedsOf(graph, built), outputs).forEach((gradient, index) => {
    graph.output(captureOutputs.outputGradient(sites[index]!), gather(flatRows(gradient), rows));
  });
  return graph.build();
}

/** How many layers it takes to reach the states. */
export function statesDepth(places: readonly StatePlace[]): number {
  return 1 + Math.max(...places.map(({ layer }) => layer));
}

/** rows i32 [rows], and offsets at places -> the states at the rows. */
export function statesProgram(
  options: TextEncoderProgramOptions,
  places: readonly StatePlace[],
  offsets: readonly StatePlace[],
): Program {
  const graph = new Graph();
  const decoder = buildDecoder(graph, declareDecoderInputs(graph, options), {
    ...withOffsets(graph, options, offsets),
    depth: statesDepth([...places, ...offsets]),
  });
  outputStates(graph, decoder, places, graph.input('rows', 'i32', ['rows']));
  return graph.build();
}

/** As {@link statesProgram}, and cotangents at logitsRows and hiddenRows -> the states and dL/d(state) at the rows. */
export function stateGradientsProgram(
  options: TextEncoderProgramOptions,
  places: readonly StatePlace[],
  offsets: readonly StatePlace[],
): Program {
  const graph = new Graph();
  const rows = graph.input('rows', 'i32', ['rows']);
  const built = buildRows(graph, withOffsets(graph, options, offsets));
  const states = outputStates(graph, built.decoder, places, rows);
  gradients(seedsOf(graph, built), states).forEach((gradient, index) => {
    graph.output(stateOutputs.gradient(places[index]!), gather(flatRows(gradient), rows));
  });
  return graph.build();
}

/** Cotangents at logitsRows and hiddenRows -> dL/dU and dL/dV of the sites. */
export function parameterGradientsProgram(options: TextEncoderProgramOptions, sites: readonly Site[]): Program {
  const graph = new Graph();
  const built = buildRows(graph, options);
  const factors = sites.flatMap(({ id }) => factorGradients(id, built.decoder.sites.get(id)!.delta!));
  outputGradients(graph, seedsOf(graph, built), factors);
  return graph.build();
}

function buildRows(graph: Graph, options: TextEncoderProgramOptions): Rows {
  const { config, tapDepth, results = false } = options;
  const decoder = buildDecoder(graph, declareDecoderInputs(graph, options), options);
  // Rows are picked before the output projection: it is the largest matrix of all.
  const last = atRows(graph, decoder.hiddenStates.get(config.layers)!, 'logitsRows');
  const logits = outputProjection(graph, last, options);
  const hidden = atRows(graph, decoder.hiddenStates.get(tapDepth)!, 'hiddenRows');
  if (results) {
    graph.output('logits', logits);
    graph.output('hidden', hidden);
  }
  return { decoder, logits, hidden };
}

function seedsOf(graph: Graph, { logits, hidden }: Rows): Seed[] {
  return [
    { value: logits, cotangent: graph.input(cotangentInputs.logits, 'f32', logits.shape) },
    { value: hidden, cotangent: graph.input(cotangentInputs.hidden, 'f32', hidden.shape) },
  ];
}

function withOffsets(
  graph: Graph,
  options: TextEncoderProgramOptions,
  places: readonly StatePlace[],
): TextEncoderProgramOptions {
  const shape = ['batch', 'length', options.config.hiddenSize];
  const offsets = new Map(places.map((place) => [stateName(place), graph.input(offsetInput(place), 'f32', shape)]));
  return { ...options, offsets };
}

function outputStates(graph: Graph, decoder: Decoder, places: readonly StatePlace[], rows: Value): Value[] {
  return places.map((place) => {
    const state = decoder.states.get(stateName(place))!;
    graph.output(stateOutputs.state(place), gather(flatRows(state), rows));
    return state;
  });
}

function outputSiteInputs(graph: Graph, decoder: Decoder, sites: readonly Site[], rows: Value): void {
  const groups = new Map(sites.map((site) => [captureOutputs.input(site), decoder.sites.get(site.id)!.input]));
  for (const [name, input] of groups) graph.output(name, gather(flatRows(input), rows));
}

function atRows(graph: Graph, x: Value, name: string): Value {
  return gather(flatRows(x), graph.input(name, 'i32', [name]));
}

/** [batch, length, n] -> [batch * length, n]. */
function flatRows(x: Value): Value {
  return reshape(x, [-1, x.dim(-1)]);
}
