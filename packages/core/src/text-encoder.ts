import type { Backend } from './backend.js';
import type { DeltaHandle, PromptTemplate, Site, SiteDelta } from './edit.js';
import type { RunOptions } from './progress.js';
import type { HostTensor } from './tensor.js';

/** Tokens of one text. `offsets[i]` is the UTF-16 range of the formatted text that token i covers. */
export interface TokenizedText {
  readonly ids: readonly number[];
  readonly offsets: readonly (readonly [number, number])[];
  /** The whole formatted text, template included. */
  readonly text: string;
}

export interface TemplateOption {
  /** Default: 'pipeline'. */
  readonly template?: PromptTemplate | undefined;
}

/**
 * A question with its answer, teacher-forced: `ids` are the formatted question and the answer's tokens but the last;
 * row `answerRows[i]` is the position whose logits predict `answerIds[i]`.
 */
export interface EncodedQuestion {
  readonly ids: readonly number[];
  readonly answerIds: readonly number[];
  readonly answerRows: readonly number[];
  /** Length of the formatted question alone; row `questionLength - 1` is the first answer row. */
  readonly questionLength: number;
}

/** Right-padded sequences of token ids; padding never changes what the others compute. */
export type TokenBatch = readonly (readonly number[])[];

/** One position of one sequence of a batch. */
export interface Row {
  readonly sequence: number;
  readonly position: number;
}

/** What a DiT is conditioned on. */
export interface Conditioning {
  /** Hidden states at the tap, f32 [batch, length, hiddenSize], zeros where the mask is 0. */
  readonly hiddenStates: HostTensor<'f32'>;
  /** bool [batch, length]; undefined when all is valid. */
  readonly mask: HostTensor<'bool'> | undefined;
}

/** Where a vector of hiddenSize stands in the network: one for every position of every layer. */
export interface StatePlace {
  /** From 0. */
  readonly layer: number;
  /** What attention or the MLP adds to the hidden state, or the hidden state that the layer leaves, before a final norm. */
  readonly part: 'attention' | 'mlp' | 'block';
}

/** Vectors added to states at some rows while a call runs: what a search for a target vector tries. */
export interface StateOffset {
  readonly place: StatePlace;
  readonly rows: readonly Row[];
  /** f32 [rows, hiddenSize]. */
  readonly values: HostTensor<'f32'>;
}

/**
 * Where a computation begins in place of the tokens: with what a layer reads. What is computed again and again with only
 * upper layers different, such as a search for a target vector, need not go through the lower ones each time.
 */
export interface StateStart {
  /** The first layer that is computed, from 1 and not above the tap. */
  readonly layer: number;
  /** What the layer below leaves at every position of every sequence, in order, f32 [positions, hiddenSize]. */
  readonly states: HostTensor<'f32'>;
}

export interface ForwardRequest {
  readonly batch: TokenBatch;
  /** Rows whose logits are wanted. */
  readonly logits?: readonly Row[] | undefined;
  /** Rows whose hidden states at the tap are wanted. */
  readonly hidden?: readonly Row[] | undefined;
  /** Default: none. Offsets of one place and row add up. */
  readonly offsets?: readonly StateOffset[] | undefined;
  /** Default: the tokens. */
  readonly start?: StateStart | undefined;
}

/** Rows in the order asked for; a part that was not asked for has no rows. */
export interface ForwardResult {
  /** f32 [rows, vocabSize]. */
  readonly logits: HostTensor<'f32'>;
  /** f32 [rows, hiddenSize]. */
  readonly hidden: HostTensor<'f32'>;
}

/** dL/d(logits) and dL/d(hidden at the tap) at the rows of the forward pass that gave them. */
export interface Cotangents {
  readonly logits?: { readonly rows: readonly Row[]; readonly values: HostTensor<'f32'> } | undefined;
  readonly hidden?: { readonly rows: readonly Row[]; readonly values: HostTensor<'f32'> } | undefined;
}

/**
 * Cotangents that follow from what the forward pass gives: the backward pass goes on from that same forward pass, which is
 * not computed twice.
 */
export interface CotangentsAfter extends Pick<ForwardRequest, 'logits' | 'hidden'> {
  /** dL/d of the rows asked for, in their order. Undefined: no backward pass is made, and no gradients are returned. */
  after(result: ForwardResult): Promise<Cotangents | undefined>;
}

export interface CaptureRequest {
  readonly batch: TokenBatch;
  readonly sites: readonly string[];
  /** The positions to record. */
  readonly rows: readonly Row[];
  /** Without cotangents only inputs are recorded and no backward pass runs. */
  readonly cotangents?: Cotangents | CotangentsAfter | undefined;
  /** As in a forward pass, with cotangents; sites are of the layers that are computed. */
  readonly start?: StateStart | undefined;
}

export interface SiteCapture {
  /** The site's input h, f32 [rows, dIn]. Sites of one input group share the tensor. */
  readonly input: HostTensor<'f32'>;
  /** g = dL/d(site output), f32 [rows, dOut]; undefined without cotangents. */
  readonly outputGradient: HostTensor<'f32'> | undefined;
}

export interface CaptureStatesRequest {
  readonly batch: TokenBatch;
  readonly places: readonly StatePlace[];
  /** The positions to record. */
  readonly rows: readonly Row[];
  /** Without cotangents only the states are recorded and no backward pass runs. */
  readonly cotangents?: Cotangents | CotangentsAfter | undefined;
  /** As in a forward pass: the states recorded have them added. */
  readonly offsets?: readonly StateOffset[] | undefined;
  /** As in a forward pass; places and offsets are of the layers that are computed. */
  readonly start?: StateStart | undefined;
}

export interface StateCapture {
  /** f32 [rows, hiddenSize]. */
  readonly state: HostTensor<'f32'>;
  /** dL/d(state), which is dL/d(offset there), f32 [rows, hiddenSize]; undefined without cotangents. */
  readonly gradient: HostTensor<'f32'> | undefined;
}

export interface ParameterGradientRequest {
  readonly batch: TokenBatch;
  /** Trial deltas, on top of those pushed; the gradient is taken at them. */
  readonly parameters: ReadonlyMap<string, SiteDelta>;
  readonly cotangents: Cotangents | CotangentsAfter;
}

/** E[k k^T] of a site's inputs, as a running sum that merges by addition. */
export interface SecondMoment {
  readonly dIn: number;
  readonly count: number;
  /** Sum of k k^T, row-major [dIn, dIn]. */
  readonly sum: Float64Array;
}

export interface TextEncoderInfo {
  readonly architecture: string;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly vocabSize: number;
  /** Longest formatted prompt, in tokens. */
  readonly maxLength: number;
  /** Which hidden state conditions the image model, as an index into hidden_states: -1 is the last, after the norm. */
  readonly tap: number;
  /** Rows of the pipeline template before the prompt, dropped from the conditioning. */
  readonly prefixLength: number;
  /** Rows of the pipeline template after the prompt; the last one predicts the answer. */
  readonly suffixLength: number;
}

/**
 * An LLM that serves as a text encoder: what editors, objectives and pipelines need of it, and nothing of any
 * architecture. Pushed deltas act on everything that it computes. `testTextEncoder` (`@mokus/core/testing`) is its kit.
 */
export interface TextEncoder {
  readonly info: TextEncoderInfo;
  /** What it computes on, for programs that an editor brings along. Absent where there is none to share. */
  readonly backend?: Backend | undefined;
  /** Where edits may go, in order of layers. */
  readonly sites: readonly Site[];
  /** sha256 (hex) over the base weights, deltas not included. */
  fingerprint(): Promise<string>;

  /** Throws MokusError `prompt` when the text is too long, `input` for a template that does not exist. */
  tokenize(text: string, options?: TemplateOption): TokenizedText;
  decode(ids: readonly number[]): string;
  /** Throws MokusError `prompt` for an empty answer or a text that is too long, `input` as `tokenize`. */
  encodeQuestion(question: string, answer: string, options?: TemplateOption): EncodedQuestion;

  /** The conditioning of prompts under the pipeline's template, padded to the longest. */
  encode(prompts: readonly string[], options?: RunOptions): Promise<Conditioning>;
  /** Greedy answer, without the end token. Throws MokusError `input` for an option that is unknown or out of its range. */
  generate(
    question: string,
    options?: TemplateOption & RunOptions & { readonly maxNewTokens?: number | undefined },
  ): Promise<string>;
  forward(request: ForwardRequest, options?: RunOptions): Promise<ForwardResult>;
  /** One forward and one backward pass, without weight gradients, down to the lowest site asked for. */
  capture(request: CaptureRequest, options?: RunOptions): Promise<ReadonlyMap<string, SiteCapture>>;
  /**
   * States inside the network and their gradients, in the order of the places; the backward pass stops at the lowest.
   * Throws MokusError `input` for a place, an offset or a start that does not fit the model.
   */
  captureStates(request: CaptureStatesRequest, options?: RunOptions): Promise<readonly StateCapture[]>;
  /** dL/d(delta) in the form of each trial delta: dU and dV of a low-rank one, dW of a dense one. */
  parameterGradients(request: ParameterGradientRequest, options?: RunOptions): Promise<ReadonlyMap<string, SiteDelta>>;
  /** Second moments of the sites' inputs at the given rows (all positions of every sequence when none are given). */
  secondMoment(
    request: { readonly batch: TokenBatch; readonly sites: readonly string[]; readonly rows?: readonly Row[] },
    options?: RunOptions,
  ): Promise<ReadonlyMap<string, SecondMoment>>;
  /** The base weight, f32 [dOut, dIn]. */
  readWeight(site: string): Promise<HostTensor<'f32'>>;

  /**
   * Adds a delta to a site; deltas stack. Throws MokusError `site` (unknown, or above the tap), `edit` (wrong shape, or
   * not finite); the encoder is unchanged then.
   */
  pushDelta(site: string, delta: SiteDelta): DeltaHandle;
  /** Takes a pushed delta away: bit-exact, wherever it is in the stack. */
  popDelta(handle: DeltaHandle): void;
  /** What is pushed, in order. */
  deltas(): readonly { readonly handle: DeltaHandle; readonly delta: SiteDelta }[];

  /**
   * Frees the weights, once calls that run have ended; what is pushed stays. The next call that needs them loads them again
   * and computes the same bits. Throws MokusError `disposed`.
   */
  release(): Promise<void>;
  dispose(): Promise<void>;
}
