import {
  type CaptureRequest,
  type CaptureStatesRequest,
  type Cotangents,
  type ForwardRequest,
  type ForwardResult,
  f32Tensor,
  type HostTensor,
  MokusError,
  type Row,
  type RunOptions,
  requireF32,
  type Site,
  type SiteCapture,
  type SiteDelta,
  type StateCapture,
  type TokenBatch,
} from '@mokus/core';
import type { Program } from '@mokus/graph';
import { trialGradient } from '../deltas/delta-factors.js';
import { deltaInputs } from '../deltas/delta-linear.js';
import type { DeltaStacks } from '../deltas/delta-stacks.js';
import type { ProgramSet } from '../program-set.js';
import { setName } from '../set-name.js';
import { stateName } from './decoder.js';
import { captureProgramName, siteInputsProgramName } from './initial-programs.js';
import {
  captureOutputs,
  captureProgram,
  forwardProgram,
  gradientOutputs,
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
import { rotaryTable } from './rotary-table.js';
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

  constructor(parts: DecoderRunnerParts) {
    this.#parts = parts;
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
    const hidden = rowInput(batch, hiddenRows);
    const logits = rowInput(batch, logitsRows);
    if (logitsRows.length === 0 && offsets.length === 0 && start === undefined) {
      // Without the output projection, which is a large part of a small model.
      const { tapDepth } = this.#parts.programOptions;
      const outputs = await this.#run(
        { program: 'hidden', build: hiddenProgram, batch, inputs: { hiddenRows: hidden }, depth: tapDepth },
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
        inputs: { logitsRows: logits, hiddenRows: hidden, ...added.inputs },
        from,
      },
      options,
    );
    return {
      logits: firstRows(f32Output(outputs, 'logits'), logitsRows.length),
      hidden: firstRows(f32Output(outputs, 'hidden'), hiddenRows.length),
    };
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
    { rows, cotangents, start }: Pick<CaptureRequest, 'rows' | 'start'> & { readonly cotangents: Cotangents },
    options: RunOptions,
  ): Promise<Map<string, SiteCapture>> {
    const places = sites.map(({ layer }) => ({ layer, part: 'mlp' as const }));
    const from = startInputs(batch, { start, places }, this.#parts.programOptions);
    const outputs = await this.#run(
      {
        program: `${captureProgramName(sites)}${from.name}`,
        build: (shared) => captureProgram(shared, sites),
        batch,
        inputs: { rows: batch.rowIndices(rows), ...this.#cotangentInputs(batch, cotangents) },
        from,
      },
      options,
    );
    return mapSites(sites, (site) => ({
      input: f32Output(outputs, captureOutputs.input(site)),
      outputGradient: f32Output(outputs, captureOutputs.outputGradient(site)),
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
    const outputs = await this.#run(
      cotangents === undefined
        ? {
            program: `states ${name}`,
            build: (shared) => statesProgram(shared, places, added.places),
            batch,
            inputs,
            from,
            depth: statesDepth([...places, ...added.places]),
          }
        : {
            program: `stateGradients ${name}`,
            build: (shared) => stateGradientsProgram(shared, places, added.places),
            batch,
            inputs: { ...inputs, ...this.#cotangentInputs(batch, cotangents) },
            from,
          },
      options,
    );
    return wanted.map((place) => ({
      state: f32Output(outputs, stateOutputs.state(place)),
      gradient: cotangents && f32Output(outputs, stateOutputs.gradient(place)),
    }));
  }

  /** The gradients of trial deltas, one for each site. */
  async parameterGradients(
    batch: PaddedBatch,
    sites: readonly Site[],
    trials: ReadonlyMap<string, SiteDelta>,
    cotangents: Cotangents,
    options: RunOptions,
  ): Promise<Map<string, SiteDelta>> {
    const outputs = await this.#run(
      {
        program: `parameterGradients ${setName(sites.map((site) => site.id))}`,
        build: (shared) => parameterGradientsProgram(shared, sites),
        batch,
        inputs: this.#cotangentInputs(batch, cotangents),
        trials,
      },
      options,
    );
    return mapSites(sites, (site) =>
      trialGradient(
        trials.get(site.id)!,
        f32Output(outputs, gradientOutputs.u(site)),
        f32Output(outputs, gradientOutputs.v(site)),
      ),
    );
  }

  release(): Promise<void> {
    return this.#parts.programs.release();
  }

  dispose(): Promise<void> {
    return this.#parts.programs.dispose();
  }

  #cotangentInputs(batch: PaddedBatch, { logits, hidden }: Cotangents): Inputs {
    if (logits === undefined && hidden === undefined) {
      throw new MokusError('input', 'cotangents hold neither logits nor hidden', { field: 'cotangents' });
    }
    const { vocabSize, hiddenSize } = this.#parts.programOptions.config;
    return {
      logitsRows: rowInput(batch, logits?.rows ?? []),
      hiddenRows: rowInput(batch, hidden?.rows ?? []),
      logitsCotangent: cotangentInput('logits', logits, vocabSize),
      hiddenCotangent: cotangentInput('hidden', hidden, hiddenSize),
    };
  }

  #run(request: ProgramRequest, options: RunOptions): Promise<Readonly<Inputs>> {
    const { programs, programOptions, editable, stacks } = this.#parts;
    const { headDim, layers, rotary } = programOptions.config;
    const { batch, trials, depth = layers, from = startInputs(batch, {}, programOptions) } = request;
    const table = rotaryTable(batch.length, headDim, rotary);
    const inputs: Inputs = { ...from.inputs, keyMask: batch.mask, ...table, ...request.inputs };
    for (const site of editable.filter(({ layer }) => layer >= from.layer && layer < depth)) {
      const trial = trials?.get(site.id);
      const { u, v } = trial === undefined ? stacks.running(site) : stacks.runningWith(site, trial);
      const names = deltaInputs(site.id);
      inputs[names.u] = u;
      inputs[names.v] = v;
    }
    const build = (): Program => request.build({ ...programOptions, start: from.layer });
    return programs.run(request.program, build, inputs, options);
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

function f32Output(outputs: Readonly<Inputs>, name: string): HostTensor<'f32'> {
  return requireF32(outputs[name]!, name);
}

/** A program is always fed one row at least: tensors without elements are not portable between devices. */
function rowInput(batch: PaddedBatch, rows: readonly Row[]): HostTensor<'i32'> {
  return batch.rowIndices(rows.length === 0 ? [{ sequence: 0, position: 0 }] : rows);
}

function firstRows(tensor: HostTensor<'f32'>, rows: number): HostTensor<'f32'> {
  const width = tensor.shape[1]!;
  return rows === tensor.shape[0] ? tensor : f32Tensor([rows, width], tensor.data.slice(0, rows * width));
}

/** Throws MokusError `input` unless there is one cotangent row for each row. */
function cotangentInput(
  name: string,
  cotangent: { readonly rows: readonly Row[]; readonly values: HostTensor<'f32'> } | undefined,
  width: number,
): HostTensor<'f32'> {
  if (cotangent === undefined || cotangent.rows.length === 0) return f32Tensor([1, width], new Float32Array(width));
  const { rows, values } = cotangent;
  if (values.shape.length !== 2 || values.shape[0] !== rows.length || values.shape[1] !== width) {
    const got = `[${values.shape.join(', ')}]`;
    throw new MokusError('input', `the ${name} cotangent is ${got}, expected [${rows.length}, ${width}]`, {
      field: `cotangents.${name}`,
    });
  }
  return values;
}

/** A value for each site, by its id. */
export function mapSites<T>(sites: readonly Site[], value: (site: Site) => T): Map<string, T> {
  return new Map(sites.map((site) => [site.id, value(site)]));
}
