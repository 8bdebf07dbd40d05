import {
  type CaptureRequest,
  type CaptureStatesRequest,
  type Cotangents,
  type CotangentsAfter,
  type ForwardRequest,
  type ForwardResult,
  f32Tensor,
  type HostTensor,
  type ParameterGradientRequest,
  type Row,
  type RunOptions,
  type Site,
  type SiteCapture,
  type SiteDelta,
  type StateCapture,
  type TokenBatch,
} from '@mokus/core';
import type { Program } from '@mokus/graph';
import { deltaInputs } from '../deltas/delta-linear.js';
import type { DeltaStacks } from '../deltas/delta-stacks.js';
import { gradientOutputs, trialGradients } from '../deltas/gradient-outputs.js';
import type { ProgramSet } from '../program-set.js';
import { setName } from '../set-name.js';
import { stateName } from './decoder.js';
import { captureProgramName, siteInputsProgramName } from './initial-programs.js';
import {
  captureOutputs,
  captureProgram,
  cotangentInputs,
  forwardProgram,
  hiddenProgram,
  parameterGradientsProgram,
  siteInputsDepth,
  siteInputsProgram,
  stateGradientsProgram,
  stateOutputs,
  statesDepth,
  statesProgram,
  type TextEncoderProgramOptions,
} from './programs.js';
import { keptRotaryTable, type RotaryTable } from './rotary-table.js';
import { cotangentTensors, f32Output, firstRows, forwardResult, optionalF32, rowInput, rowInputs } from './rows.js';
import { distinctPlaces, offsetInputs } from './state-offsets.js';
import { type StartInputs, startInputs } from './state-start.js';
import { PaddedBatch } from './token-batch.js';

type Inputs = Record<string, HostTensor>;

export interface DecoderRunnerParts {
  readonly programs: ProgramSet;
  readonly programOptions: TextEncoderProgramOptions;
  /** The sites whose deltas the programs take. */
  readonly editable: readonly Site[];
  /** What is pushed on them. */
  readonly stacks: DeltaStacks;
}

/** Runs a text encoder's programs: makes their inputs of batches, rows, cotangents and deltas. */
export class DecoderRunner {
  readonly #parts: DecoderRunnerParts;
  readonly #rotaryTable: (length: number) => RotaryTable;

  constructor(parts: DecoderRunnerParts) {
    this.#parts = parts;
    const { headDim, rotary } = parts.programOptions.config;
    this.#rotaryTable = keptRotaryTable(headDim, rotary);
  }

  /** Throws MokusError `input` for sequences that do not fit the model. */
  batch(sequences: TokenBatch): PaddedBatch {
    const { vocabSize, maxPositions } = this.#parts.programOptions.config;
    return new PaddedBatch(sequences, { vocabSize, maxLength: maxPositions });
  }

  async forward(
    batch: PaddedBatch,
    { logits: logitsRows = [], hidden: hiddenRows = [], offsets = [], start }: Omit<ForwardRequest, 'batch'>,
    options: RunOptions,
  ): Promise<ForwardResult> {
    if (logitsRows.length === 0 && offsets.length === 0 && start === undefined) {
      // Without the output projection, which is a large part of a small model.
      const { tapDepth } = this.#parts.programOptions;
      const outputs = await this.#run(
        {
          program: 'hidden',
          build: hiddenProgram,
          batch,
          inputs: { hiddenRows: rowInput(batch, hiddenRows) },
          depth: tapDepth,
        },
        options,
      );
      return {
        logits: f32Tensor([0, this.#parts.programOptions.config.vocabSize], []),
        hidden: firstRows(f32Output(outputs, 'hidden'), hiddenRows.length),
      };
    }
    const added = offsetInputs(batch, offsets, this.#parts.programOptions.config);
    const from = startInputs(batch, { start, offsets }, this.#parts.programOptions);
    const outputs = await this.#run(
      {
        program: `forward${added.name}${from.name}`,
        build: (shared) => forwardProgram(shared, added.places),
        batch,
        inputs: { ...rowInputs(batch, { logits: logitsRows, hidden: hiddenRows }), ...added.inputs },
        from,
      },
      options,
    );
    return forwardResult(outputs, { logits: logitsRows, hidden: hiddenRows });
  }

  /** The inputs of the sites' groups at rows, by group. */
  async siteInputs(
    batch: PaddedBatch,
    sites: readonly Site[],
    rows: readonly Row[],
    options: RunOptions,
  ): Promise<ReadonlyMap<string, HostTensor<'f32'>>> {
    const outputs = await this.#run(
      {
        program: siteInputsProgramName(sites),
        build: (shared) => siteInputsProgram(shared, sites),
        batch,
        inputs: { rows: batch.rowIndices(rows) },
        depth: siteInputsDepth(sites),
      },
      options,
    );
    return new Map(sites.map((site) => [site.inputGroup, f32Output(outputs, captureOutputs.input(site))]));
  }

  /** The sites' inputs and output gradients at rows. */
  async capture(
    batch: PaddedBatch,
    sites: readonly Site[],
    { rows, cotangents, start }: Pick<CaptureRequest, 'rows' | 'start'> & Pick<ParameterGradientRequest, 'cotangents'>,
    options: RunOptions,
  ): Promise<Map<string, SiteCapture>> {
    const places = sites.map(({ layer }) => ({ layer, part: 'mlp' as const }));
    const from = startInputs(batch, { start, places }, this.#parts.programOptions);
    const outputs = await this.#differentiate(
      {
        program: `${captureProgramName(sites)}${from.name}`,
        build: (shared) => captureProgram(shared, sites),
        batch,
        inputs: { rows: batch.rowIndices(rows) },
        from,
      },
      cotangents,
      options,
    );
    return mapSites(sites, (site) => ({
      input: f32Output(outputs, captureOutputs.input(site)),
      outputGradient: optionalF32(outputs, captureOutputs.outputGradient(site)),
    }));
  }

  /** The states at rows, and their gradients with cotangents. */
  async captureStates(
    batch: PaddedBatch,
    { places: wanted, rows, offsets = [], cotangents, start }: Omit<CaptureStatesRequest, 'batch'>,
    options: RunOptions,
  ): Promise<StateCapture[]> {
    const places = distinctPlaces(wanted, this.#parts.programOptions.config);
    const added = offsetInputs(batch, offsets, this.#parts.programOptions.config);
    const from = startInputs(batch, { start, offsets, places }, this.#parts.programOptions);
    const inputs = { rows: batch.rowIndices(rows), ...added.inputs };
    const name = `${setName(places.map(stateName))}${added.name}${from.name}`;
    const outputs =
      cotangents === undefined
        ? await this.#run(
            {
              program: `states ${name}`,
              build: (shared) => statesProgram(shared, places, added.places),
              batch,
              inputs,
              from,
              depth: statesDepth([...places, ...added.places]),
            },
            options,
          )
        : await this.#differentiate(
            {
              program: `stateGradients ${name}`,
              build: (shared) => stateGradientsProgram(shared, places, added.places),
              batch,
              inputs,
              from,
            },
            cotangents,
            options,
          );
    return wanted.map((place) => ({
      state: f32Output(outputs, stateOutputs.state(place)),
      gradient: optionalF32(outputs, stateOutputs.gradient(place)),
    }));
  }

  /** The gradients of trial deltas, one for each site; none where cotangents that come later do not come. */
  async parameterGradients(
    batch: PaddedBatch,
    sites: readonly Site[],
    trials: ReadonlyMap<string, SiteDelta>,
    cotangents: ParameterGradientRequest['cotangents'],
    options: RunOptions,
  ): Promise<Map<string, SiteDelta>> {
    const outputs = await this.#differentiate(
      {
        program: `parameterGradients ${setName(sites.map((site) => site.id))}`,
        build: (shared) => parameterGradientsProgram(shared, sites),
        batch,
        inputs: {},
        trials,
      },
      cotangents,
      options,
    );
    const ids = sites.map(({ id }) => id);
    if (ids.some((id) => outputs[gradientOutputs(id).u] === undefined)) return new Map();
    return trialGradients(ids, trials, outputs);
  }

  release(): Promise<void> {
    return this.#parts.programs.release();
  }

  dispose(): Promise<void> {
    return this.#parts.programs.dispose();
  }

  /** Runs a program of gradients: at once, or in halves where the cotangents follow from the forward pass. */
  #differentiate(
    request: ProgramRequest,
    cotangents: Cotangents | CotangentsAfter,
    options: RunOptions,
  ): Promise<Readonly<Inputs>> {
    const { batch } = request;
    const { programs, programOptions } = this.#parts;
    const { config } = programOptions;
    if (!('after' in cotangents)) {
      const asked = { logits: cotangents.logits?.rows, hidden: cotangents.hidden?.rows };
      const given = { ...rowInputs(batch, asked), ...cotangentTensors(cotangents, asked, config) };
      return this.#run({ ...request, inputs: { ...request.inputs, ...given } }, options);
    }
    const inputs = this.#inputs({ ...request, inputs: { ...request.inputs, ...rowInputs(batch, cotangents) } });
    const between = async (results: Readonly<Inputs>): Promise<Inputs | undefined> => {
      const made = await cotangents.after(forwardResult(results, cotangents));
      return made && cotangentTensors(made, cotangents, config);
    };
    const later = Object.values(cotangentInputs);
    return programs.runSplit(request.program, this.#builder(request, true), inputs, { later, between }, options);
  }

  #run(request: ProgramRequest, options: RunOptions): Promise<Readonly<Inputs>> {
    return this.#parts.programs.run(request.program, this.#builder(request, false), this.#inputs(request), options);
  }

  #builder({ build, batch, from = this.#fromTokens(batch) }: ProgramRequest, results: boolean): () => Program {
    return () => build({ ...this.#parts.programOptions, start: from.layer, results });
  }

  #fromTokens(batch: PaddedBatch): StartInputs {
    return startInputs(batch, {}, this.#parts.programOptions);
  }

  #inputs(request: ProgramRequest): Readonly<Inputs> {
    const { programOptions, editable, stacks } = this.#parts;
    const { layers } = programOptions.config;
    const { batch, trials, depth = layers, from = this.#fromTokens(batch) } = request;
    const table = this.#rotaryTable(batch.length);
    const inputs: Inputs = { ...from.inputs, keyMask: batch.mask, ...table, ...request.inputs };
    for (const site of editable.filter(({ layer }) => layer >= from.layer && layer < depth)) {
      const trial = trials?.get(site.id);
      const { u, v } = trial === undefined ? stacks.running(site) : stacks.runningWith(site, trial);
      const names = deltaInputs(site.id);
      inputs[names.u] = u;
      inputs[names.v] = v;
    }
    return inputs;
  }
}

interface ProgramRequest {
  readonly program: string;
  readonly build: (options: TextEncoderProgramOptions) => Program;
  readonly batch: PaddedBatch;
  /** Besides tokens, positions and deltas. */
  readonly inputs: Readonly<Inputs>;
  /** Deltas on top of those pushed. */
  readonly trials?: ReadonlyMap<string, SiteDelta>;
  /** How many layers the program reaches up to. Default: all. */
  readonly depth?: number;
  /** Where the program begins. Default: at the tokens. */
  readonly from?: StartInputs;
}

/** A value for each site, by its id. */
export function mapSites<T>(sites: readonly Site[], value: (site: Site) => T): Map<string, T> {
  return new Map(sites.map((site) => [site.id, value(site)]));
}
