import {
  type Backend,
  boolTensor,
  type CaptureRequest,
  type CaptureStatesRequest,
  type Conditioning,
  type DeltaHandle,
  type EncodedQuestion,
  type ForwardRequest,
  type ForwardResult,
  f32Tensor,
  fingerprintWeights,
  type HostTensor,
  isJsonObject,
  isText,
  MokusError,
  onceFingerprint,
  type ParameterGradientRequest,
  type Row,
  type RunOptions,
  readWeight,
  requireArgument,
  requireKnown,
  requireList,
  type SecondMoment,
  type Site,
  type SiteCapture,
  type SiteDelta,
  type StateCapture,
  type TemplateOption,
  type TextEncoder,
  type TextEncoderInfo,
  type TokenBatch,
  type TokenizedText,
  throwIfCancelled,
  type WeightStore,
} from '@mokus/core';
import { checkedDelta } from '../deltas/delta-factors.js';
import { DeltaStacks } from '../deltas/delta-stacks.js';
import type { ProgramSet } from '../program-set.js';
import type { ByteLevelTokenizer } from '../tokenizer/byte-level-tokenizer.js';
import { DecoderRunner, mapSites } from './decoder-runner.js';
import type { TextEncoderProgramOptions } from './programs.js';
import type { PromptFormatter } from './prompt-template.js';
import { SecondMomentSum } from './second-moments.js';
import { SiteTable } from './sites.js';
import type { PaddedBatch } from './token-batch.js';

/** Sequences that second moments are computed over at a time. */
const statisticsBatch = 16;

export interface DecoderTextEncoderParts {
  readonly info: TextEncoderInfo;
  readonly backend: Backend;
  readonly sites: readonly Site[];
  readonly programs: ProgramSet;
  readonly programOptions: TextEncoderProgramOptions;
  readonly weights: WeightStore;
  readonly tokenizer: ByteLevelTokenizer;
  readonly prompts: PromptFormatter;
  /** Tokens that end an answer. */
  readonly endIds: ReadonlySet<number>;
}

/** A text encoder that is a decoder-only language model, over programs that are written once for every family. */
export class DecoderTextEncoder implements TextEncoder {
  readonly info: TextEncoderInfo;
  readonly backend: Backend;
  readonly sites: readonly Site[];
  readonly #parts: DecoderTextEncoderParts;
  readonly #table: SiteTable;
  readonly #stacks = new DeltaStacks();
  readonly #runner: DecoderRunner;
  readonly fingerprint: () => Promise<string>;

  constructor(parts: DecoderTextEncoderParts) {
    this.info = parts.info;
    this.backend = parts.backend;
    this.sites = parts.sites;
    this.fingerprint = onceFingerprint(() => fingerprintWeights(parts.weights));
    this.#parts = parts;
    this.#table = new SiteTable(parts.sites);
    this.#runner = new DecoderRunner({
      programs: parts.programs,
      programOptions: parts.programOptions,
      editable: parts.sites.filter((site) => site.reachesTap),
      stacks: this.#stacks,
    });
  }

  tokenize(text: string, options: TemplateOption = {}): TokenizedText {
    return this.#parts.prompts.tokenize(text, templateOf(options));
  }

  decode(ids: readonly number[]): string {
    return this.#parts.tokenizer.decode(ids);
  }

  encodeQuestion(question: string, answer: string, options: TemplateOption = {}): EncodedQuestion {
    return this.#parts.prompts.encodeQuestion(question, answer, templateOf(options));
  }

  async encode(prompts: readonly string[], options: RunOptions = {}): Promise<Conditioning> {
    requireList('prompts', prompts, isText, 'give a list of texts, also for one');
    const batch = this.#runner.batch(prompts.map((prompt) => this.tokenize(prompt).ids));
    const { prefixLength, hiddenSize } = this.info;
    const rows = batch.allRows.filter(({ position }) => position >= prefixLength);
    const { hidden } = await this.#runner.forward(batch, { hidden: rows }, options);
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
    requireKnown('generate', options, { maxNewTokens: 0, template: 0, signal: 0, onProgress: 0 });
    const { maxNewTokens = 32 } = options;
    if (!Number.isInteger(maxNewTokens) || maxNewTokens < 1) {
      throw new MokusError('input', `maxNewTokens is ${maxNewTokens}; expected a whole number from 1`, {
        field: 'maxNewTokens',
      });
    }
    const asked = this.tokenize(question, options).ids;
    const answer: number[] = [];
    while (
      answer.length < maxNewTokens &&
      asked.length + answer.length <= this.#parts.programOptions.config.maxPositions
    ) {
      const batch = this.#runner.batch([[...asked, ...answer]]);
      const last = [{ sequence: 0, position: batch.length - 1 }];
      const { logits } = await this.#runner.forward(batch, { logits: last }, options);
      const next = indexOfLargest(logits.data);
      if (this.#parts.endIds.has(next)) break;
      answer.push(next);
    }
    return this.decode(answer).trim();
  }

  async forward(request: ForwardRequest, options: RunOptions = {}): Promise<ForwardResult> {
    const batch = this.#batch(request);
    for (const field of ['logits', 'hidden'] as const) {
      if (request[field] !== undefined) requireRows(field, request[field]);
    }
    return this.#runner.forward(batch, request, options);
  }

  async capture(request: CaptureRequest, options: RunOptions = {}): Promise<ReadonlyMap<string, SiteCapture>> {
    const batch = this.#batch(request);
    const sites = this.#table.select(request.sites);
    requireSomeRows(request.rows);
    if (request.cotangents !== undefined) {
      return this.#runner.capture(batch, sites, { ...request, cotangents: request.cotangents }, options);
    }
    const inputs = await this.#runner.siteInputs(batch, sites, request.rows, options);
    return mapSites(sites, (site) => ({ input: inputs.get(site.inputGroup)!, outputGradient: undefined }));
  }

  async captureStates(request: CaptureStatesRequest, options: RunOptions = {}): Promise<readonly StateCapture[]> {
    const batch = this.#batch(request);
    requireSomeRows(request.rows);
    requireArgument(
      'places',
      request.places,
      Array.isArray(request.places),
      'give a list of places, such as [{ layer, part }]',
    );
    if (request.places.length === 0) throw new MokusError('input', 'name at least one place', { field: 'places' });
    return this.#runner.captureStates(batch, request, options);
  }

  async parameterGradients(
    request: ParameterGradientRequest,
    options: RunOptions = {},
  ): Promise<ReadonlyMap<string, SiteDelta>> {
    const batch = this.#batch(request);
    const { parameters } = request;
    const isMap = typeof parameters?.get === 'function';
    requireArgument('parameters', parameters, isMap, 'give a Map of deltas by the ids of their sites');
    const sites = this.#table.select([...parameters.keys()]);
    const trials = new Map(sites.map((site) => [site.id, checkedDelta(site, parameters.get(site.id)!)]));
    return this.#runner.parameterGradients(batch, sites, trials, request.cotangents, options);
  }

  async secondMoment(
    request: { readonly batch: TokenBatch; readonly sites: readonly string[]; readonly rows?: readonly Row[] },
    options: RunOptions = {},
  ): Promise<ReadonlyMap<string, SecondMoment>> {
    const whole = this.#batch(request);
    const sites = this.#table.select(request.sites);
    const rows = request.rows ?? whole.allRows;
    requireRows('rows', rows);
    whole.rowIndices(rows);
    const sums = new Map(sites.map((site) => [site.inputGroup, new SecondMomentSum(site.dIn)]));
    const total = whole.sequences.length;
    for (let start = 0; start < total; start += statisticsBatch) {
      const end = Math.min(start + statisticsBatch, total);
      const part = this.#runner.batch(whole.sequences.slice(start, end));
      const partRows = rows
        .filter(({ sequence }) => sequence >= start && sequence < end)
        .map(({ sequence, position }) => ({ sequence: sequence - start, position }));
      if (partRows.length > 0) {
        const inputs = await this.#runner.siteInputs(part, sites, partRows, options);
        for (const [group, sum] of sums) sum.add(inputs.get(group)!);
      }
      options.onProgress?.({ kind: 'statistics', done: end, total });
    }
    throwIfCancelled(options.signal, 'the second moments');
    const results = new Map([...sums].map(([group, sum]) => [group, sum.result()]));
    return mapSites(sites, (site) => results.get(site.inputGroup)!);
  }

  async readWeight(site: string): Promise<HostTensor<'f32'>> {
    const { weight, dOut, dIn } = this.#table.get(site);
    return readWeight(this.#parts.weights, weight, [dOut, dIn]);
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

  release(): Promise<void> {
    return this.#runner.release();
  }

  dispose(): Promise<void> {
    return this.#runner.dispose();
  }

  /** Throws MokusError `input` for what is no request, and for sequences that do not fit the model. */
  #batch(request: { readonly batch: TokenBatch }): PaddedBatch {
    requireArgument('request', request, isJsonObject(request), 'give { batch: [ids], ... }');
    return this.#runner.batch(request.batch);
  }
}

/** Throws MokusError `input` for a template alone, which would be passed over. */
function templateOf(options: TemplateOption): TemplateOption['template'] {
  requireArgument('options', options, isJsonObject(options), 'give { template }');
  return options.template;
}

/** Not row by row: this runs before each of thousands of passes. */
function requireRows(field: string, rows: readonly Row[]): void {
  requireArgument(field, rows, Array.isArray(rows), 'give a list of rows, such as [{ sequence: 0, position: 0 }]');
}

function requireSomeRows(rows: readonly Row[]): void {
  requireRows('rows', rows);
  if (rows.length === 0) throw new MokusError('input', 'name at least one row', { field: 'rows' });
}

function indexOfLargest(values: Float32Array): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) if (values[index]! > values[best]!) best = index;
  return best;
}
