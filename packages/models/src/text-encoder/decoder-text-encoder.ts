import {
  boolTensor,
  type CaptureRequest,
  type Conditioning,
  type Cotangents,
  type DeltaHandle,
  type EncodedQuestion,
  type ForwardRequest,
  type ForwardResult,
  f32Tensor,
  type HostTensor,
  MokusError,
  type ParameterGradientRequest,
  type Row,
  type RunOptions,
  readWeight,
  requireF32,
  type SecondMoment,
  type Site,
  type SiteCapture,
  type SiteDelta,
  type TemplateOption,
  type TextEncoder,
  type TextEncoderInfo,
  type TokenBatch,
  type TokenizedText,
  throwIfCancelled,
  type WeightStore,
} from '@mokus/core';
import type { Program } from '@mokus/graph';
import type { ProgramSet } from '../program-set.js';
import type { ByteLevelTokenizer } from '../tokenizer/byte-level-tokenizer.js';
import { deltaInputs } from './decoder.js';
import { checkedDelta, trialGradient } from './delta-factors.js';
import { DeltaStacks } from './delta-stacks.js';
import {
  captureOutputs,
  captureProgram,
  forwardProgram,
  gradientOutputs,
  hiddenProgram,
  parameterGradientsProgram,
  siteInputsDepth,
  siteInputsProgram,
  type TextEncoderProgramOptions,
} from './programs.js';
import type { PromptFormatter } from './prompt-template.js';
import { rotaryTable } from './rotary-table.js';
import { SecondMomentSum } from './second-moments.js';
import { SiteTable, setName } from './sites.js';
import { PaddedBatch } from './token-batch.js';

/** Sequences that second moments are computed over at a time. */
const statisticsBatch = 16;

export interface DecoderTextEncoderParts {
  readonly info: TextEncoderInfo;
  readonly sites: readonly Site[];
  readonly programs: ProgramSet;
  readonly programOptions: TextEncoderProgramOptions;
  readonly weights: WeightStore;
  readonly tokenizer: ByteLevelTokenizer;
  readonly prompts: PromptFormatter;
  /** Tokens that end an answer. */
  readonly endIds: ReadonlySet<number>;
  readonly fingerprint: () => Promise<string>;
}

type Inputs = Record<string, HostTensor>;

/** A text encoder that is a decoder-only language model, over programs that are written once for every family. */
export class DecoderTextEncoder implements TextEncoder {
  readonly info: TextEncoderInfo;
  readonly sites: readonly Site[];
  readonly #parts: DecoderTextEncoderParts;
  readonly #table: SiteTable;
  readonly #stacks = new DeltaStacks();
  readonly #editable: readonly Site[];
  #fingerprint: Promise<string> | undefined;

  constructor(parts: DecoderTextEncoderParts) {
    this.info = parts.info;
    this.sites = parts.sites;
    this.#parts = parts;
    this.#table = new SiteTable(parts.sites);
    this.#editable = parts.sites.filter((site) => site.reachesTap);
  }

  fingerprint(): Promise<string> {
    this.#fingerprint ??= this.#parts.fingerprint().catch((error: unknown) => {
      this.#fingerprint = undefined;
      throw error;
    });
    return this.#fingerprint;
  }

  tokenize(text: string, options: TemplateOption = {}): TokenizedText {
    return this.#parts.prompts.tokenize(text, options.template);
  }

  decode(ids: readonly number[]): string {
    return this.#parts.tokenizer.decode(ids);
  }

  encodeQuestion(question: string, answer: string, options: TemplateOption = {}): EncodedQuestion {
    return this.#parts.prompts.encodeQuestion(question, answer, options.template);
  }

  async encode(prompts: readonly string[], options: RunOptions = {}): Promise<Conditioning> {
    const batch = this.#batch(prompts.map((prompt) => this.tokenize(prompt).ids));
    const { prefixLength, hiddenSize } = this.info;
    const rows = batch.allRows.filter(({ position }) => position >= prefixLength);
    const { hidden } = await this.#forward(batch, [], rows, options);
    const length = batch.length - prefixLength;
    const states = new Float32Array(prompts.length * length * hiddenSize);
    const mask = new Uint8Array(prompts.length * length);
    rows.forEach(({ sequence, position }, row) => {
      const target = sequence * length + position - prefixLength;
      states.set(hidden.data.subarray(row * hiddenSize, (row + 1) * hiddenSize), target * hiddenSize);
      mask[target] = 1;
    });
    return {
      hiddenStates: f32Tensor([prompts.length, length, hiddenSize], states),
      mask: mask.every(Boolean) ? undefined : boolTensor([prompts.length, length], mask),
    };
  }

  async generate(
    question: string,
    options: TemplateOption & RunOptions & { readonly maxNewTokens?: number | undefined } = {},
  ): Promise<string> {
    const { maxNewTokens = 32 } = options;
    if (!Number.isInteger(maxNewTokens) || maxNewTokens < 1) {
      throw new MokusError('input', `maxNewTokens is ${maxNewTokens}; expected a whole number from 1`, {
        field: 'maxNewTokens',
      });
    }
    const asked = this.tokenize(question, options).ids;
    const answer: number[] = [];
    while (answer.length < maxNewTokens && asked.length + answer.length <= this.#maxPositions) {
      const batch = this.#batch([[...asked, ...answer]]);
      const { logits } = await this.#forward(batch, [{ sequence: 0, position: batch.length - 1 }], [], options);
      const next = indexOfLargest(logits.data);
      if (this.#parts.endIds.has(next)) break;
      answer.push(next);
    }
    return this.decode(answer).trim();
  }

  async forward(request: ForwardRequest, options: RunOptions = {}): Promise<ForwardResult> {
    return this.#forward(this.#batch(request.batch), request.logits ?? [], request.hidden ?? [], options);
  }

  async capture(request: CaptureRequest, options: RunOptions = {}): Promise<ReadonlyMap<string, SiteCapture>> {
    const sites = this.#table.select(request.sites);
    const batch = this.#batch(request.batch);
    if (request.rows.length === 0) throw new MokusError('input', 'name at least one row', { field: 'rows' });
    const rows = { rows: batch.rowIndices(request.rows) };
    if (request.cotangents === undefined) {
      const inputs = await this.#siteInputs(batch, sites, rows, options);
      return mapSites(sites, (site) => ({ input: inputs.get(site.inputGroup)!, outputGradient: undefined }));
    }
    const seeds = this.#cotangentInputs(batch, request.cotangents);
    const outputs = await this.#run(
      {
        program: captureProgramName(sites),
        build: (shared) => captureProgram(shared, sites),
        batch,
        inputs: { ...rows, ...seeds },
      },
      options,
    );
    return mapSites(sites, (site) => ({
      input: f32Output(outputs, captureOutputs.input(site)),
      outputGradient: f32Output(outputs, captureOutputs.outputGradient(site)),
    }));
  }

  async parameterGradients(
    request: ParameterGradientRequest,
    options: RunOptions = {},
  ): Promise<ReadonlyMap<string, SiteDelta>> {
    const sites = this.#table.select([...request.parameters.keys()]);
    const trials = new Map(sites.map((site) => [site.id, checkedDelta(site, request.parameters.get(site.id)!)]));
    const batch = this.#batch(request.batch);
    const outputs = await this.#run(
      {
        program: `parameterGradients ${setName([...trials.keys()])}`,
        build: (shared) => parameterGradientsProgram(shared, sites),
        batch,
        inputs: this.#cotangentInputs(batch, request.cotangents),
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

  async secondMoment(
    request: { readonly batch: TokenBatch; readonly sites: readonly string[]; readonly rows?: readonly Row[] },
    options: RunOptions = {},
  ): Promise<ReadonlyMap<string, SecondMoment>> {
    const sites = this.#table.select(request.sites);
    const whole = this.#batch(request.batch);
    const rows = request.rows ?? whole.allRows;
    whole.rowIndices(rows);
    const sums = new Map(sites.map((site) => [site.inputGroup, new SecondMomentSum(site.dIn)]));
    const total = whole.sequences.length;
    for (let start = 0; start < total; start += statisticsBatch) {
      const end = Math.min(start + statisticsBatch, total);
      const part = this.#batch(whole.sequences.slice(start, end));
      const partRows = rows
        .filter(({ sequence }) => sequence >= start && sequence < end)
        .map(({ sequence, position }) => ({ sequence: sequence - start, position }));
      if (partRows.length > 0) {
        const inputs = await this.#siteInputs(part, sites, { rows: part.rowIndices(partRows) }, options);
        for (const [group, sum] of sums) sum.add(inputs.get(group)!);
      }
      options.onProgress?.({ kind: 'statistics', done: end, total });
    }
    throwIfCancelled(options.signal, 'the second moments');
    const results = new Map([...sums].map(([group, sum]) => [group, sum.result()]));
    return mapSites(sites, (site) => results.get(site.inputGroup)!);
  }

  async readWeight(site: string): Promise<HostTensor<'f32'>> {
    const { id, dOut, dIn } = this.#table.get(site);
    const { prefix } = this.#parts.programOptions.names;
    return readWeight(this.#parts.weights, `${prefix}${id}.weight`, [dOut, dIn]);
  }

  pushDelta(site: string, delta: SiteDelta): DeltaHandle {
    return this.#stacks.push(this.#table.editable(site), delta);
  }

  popDelta(handle: DeltaHandle): void {
    this.#stacks.pop(handle);
  }

  deltas(): readonly { readonly handle: DeltaHandle; readonly delta: SiteDelta }[] {
    return this.#stacks.list();
  }

  dispose(): Promise<void> {
    return this.#parts.programs.dispose();
  }

  get #maxPositions(): number {
    return this.#parts.programOptions.config.maxPositions;
  }

  #batch(sequences: TokenBatch): PaddedBatch {
    return new PaddedBatch(sequences, { vocabSize: this.info.vocabSize, maxLength: this.#maxPositions });
  }

  async #forward(
    batch: PaddedBatch,
    logitsRows: readonly Row[],
    hiddenRows: readonly Row[],
    options: RunOptions,
  ): Promise<ForwardResult> {
    const hidden = rowInput(batch, hiddenRows);
    const logits = rowInput(batch, logitsRows);
    if (logitsRows.length === 0) {
      // Without the output projection, which is a large part of a small model.
      const { tapDepth } = this.#parts.programOptions;
      const outputs = await this.#run(
        { program: 'hidden', build: hiddenProgram, batch, inputs: { hiddenRows: hidden }, depth: tapDepth },
        options,
      );
      return {
        logits: f32Tensor([0, this.info.vocabSize], []),
        hidden: firstRows(f32Output(outputs, 'hidden'), hiddenRows.length),
      };
    }
    const inputs = { logitsRows: logits, hiddenRows: hidden };
    const outputs = await this.#run({ program: 'forward', build: forwardProgram, batch, inputs }, options);
    return {
      logits: f32Output(outputs, 'logits'),
      hidden: firstRows(f32Output(outputs, 'hidden'), hiddenRows.length),
    };
  }

  /** The inputs of the sites' groups at rows, by group. */
  async #siteInputs(
    batch: PaddedBatch,
    sites: readonly Site[],
    rows: { readonly rows: HostTensor<'i32'> },
    options: RunOptions,
  ): Promise<ReadonlyMap<string, HostTensor<'f32'>>> {
    const outputs = await this.#run(
      {
        program: siteInputsProgramName(sites),
        build: (shared) => siteInputsProgram(shared, sites),
        batch,
        inputs: rows,
        depth: siteInputsDepth(sites),
      },
      options,
    );
    return new Map(sites.map((site) => [site.inputGroup, f32Output(outputs, captureOutputs.input(site))]));
  }

  #cotangentInputs(batch: PaddedBatch, { logits, hidden }: Cotangents): Inputs {
    if (logits === undefined && hidden === undefined) {
      throw new MokusError('input', 'cotangents hold neither logits nor hidden', { field: 'cotangents' });
    }
    const { vocabSize, hiddenSize } = this.info;
    return {
      logitsRows: rowInput(batch, logits?.rows ?? []),
      hiddenRows: rowInput(batch, hidden?.rows ?? []),
      logitsCotangent: cotangentInput('logits', logits, vocabSize),
      hiddenCotangent: cotangentInput('hidden', hidden, hiddenSize),
    };
  }

  #run(request: ProgramRequest, options: RunOptions): Promise<Readonly<Inputs>> {
    const { programs, programOptions } = this.#parts;
    const { headDim, layers, ropeTheta } = programOptions.config;
    const { batch, trials, depth = layers } = request;
    const table = rotaryTable(batch.length, headDim, ropeTheta);
    const inputs: Inputs = { ids: batch.ids, keyMask: batch.mask, ...table, ...request.inputs };
    for (const site of this.#editable.filter(({ layer }) => layer < depth)) {
      const trial = trials?.get(site.id);
      const { u, v } = trial === undefined ? this.#stacks.running(site) : this.#stacks.runningWith(site, trial);
      const names = deltaInputs(site.id);
      inputs[names.u] = u;
      inputs[names.v] = v;
    }
    return programs.run(request.program, () => request.build(programOptions), inputs, options);
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
  /** How many layers the program has. Default: all. */
  readonly depth?: number;
}

/** The programs that are loaded from the start: `defaults` are the sites that editors capture unless told otherwise. */
export function initialPrograms(
  options: TextEncoderProgramOptions,
  defaults: readonly Site[],
): Record<string, Program> {
  return {
    hidden: hiddenProgram(options),
    forward: forwardProgram(options),
    ...(defaults.length > 0 && {
      [siteInputsProgramName(defaults)]: siteInputsProgram(options, defaults),
      [captureProgramName(defaults)]: captureProgram(options, defaults),
    }),
  };
}

function siteInputsProgramName(sites: readonly Site[]): string {
  return `siteInputs ${setName(sites.map((site) => site.inputGroup))}`;
}

function captureProgramName(sites: readonly Site[]): string {
  return `capture ${setName(sites.map((site) => site.id))}`;
}

function mapSites<T>(sites: readonly Site[], value: (site: Site) => T): Map<string, T> {
  return new Map(sites.map((site) => [site.id, value(site)]));
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

function indexOfLargest(values: Float32Array): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) if (values[index]! > values[best]!) best = index;
  return best;
}
