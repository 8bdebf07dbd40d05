import type { ComponentOutline, Json, OutlinedProgram, WeightStore, Workload } from '@mokus/core';
import { type DimBindings, type Program, symbolsOf } from '@mokus/graph';
import { readDecoderConfig } from './decoder-config.js';
import { defaultCaptureSites, initialPrograms } from './initial-programs.js';
import { decoderSites, defaultSiteRoles } from './sites.js';
import { findDecoderWeights } from './weight-names.js';

/**
 * What a decoder runs as a text encoder with the default sites and the tap after the last layer: the programs that are
 * loaded with it. Throws MokusError `config`, `weight` (no token embeddings).
 */
export function outlineDecoder(json: Json, file: string, weights: WeightStore): ComponentOutline {
  const config = readDecoderConfig(json, file);
  const names = findDecoderWeights(weights);
  const sites = decoderSites(config, names, defaultSiteRoles, config.layers);
  const defaults = defaultCaptureSites(sites);
  const programs = initialPrograms({ config, names, isEditable: () => true, tapDepth: config.layers }, defaults);
  return {
    programs: Object.fromEntries(
      Object.entries(programs).map(([name, program]): [string, OutlinedProgram] => [
        name,
        { program, use: name === 'hidden' ? 'generate' : 'edit', dims: (workload) => dimsOf(program, workload) },
      ]),
    ),
    sites,
    defaultSites: defaults.map(({ id }) => id),
    adapterTargets: [],
  };
}

/** Every position is a row; logits are asked for at one, and deltas have rank 1. */
function dimsOf(program: Program, { batch, textTokens }: Workload): DimBindings {
  const rows = batch * textTokens;
  const known = new Map([
    ['batch', batch],
    ['length', textTokens],
    ['rows', rows],
    ['hiddenRows', rows],
    ['logitsRows', batch],
  ]);
  const symbols = program.inputs.flatMap(({ shape }) => shape.flatMap(symbolsOf));
  return new Map(symbols.map((symbol) => [symbol, known.get(symbol) ?? 1]));
}
