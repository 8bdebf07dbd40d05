/** A linear layer y = W x + bias, W [dOut, dIn], that deltas can be added to. */
export interface DeltaSite {
  /** The checkpoint's module name, without the model's prefix where it has one. */
  readonly id: string;
  readonly dIn: number;
  readonly dOut: number;
  /** Name of W among the component's tensors, as the checkpoint spells it. */
  readonly weight: string;
}

/**
 * A place in a text encoder whose behaviour an edit may change: a linear layer with an id such as
 * `layers.18.mlp.gate_proj`.
 */
export interface Site extends DeltaSite {
  readonly kind: 'linear';
  readonly layer: number;
  /** The module's role: gate_proj, up_proj, down_proj, q_proj ... */
  readonly role: string;
  /** Sites of the same group read the same input, so their captured inputs are equal (gate and up of one layer). */
  readonly inputGroup: string;
  /** False for a site above the tap: it cannot reach the conditioning. */
  readonly reachesTap: boolean;
}

/** A change of one site's weight, fp32, row-major. */
export type SiteDelta =
  | {
      /** dW = U V with U [dOut, rank] and V [rank, dIn]. */
      readonly kind: 'lowRank';
      readonly dOut: number;
      readonly dIn: number;
      readonly rank: number;
      readonly u: Float32Array;
      readonly v: Float32Array;
    }
  | {
      /** dW [dOut, dIn]. */
      readonly kind: 'dense';
      readonly dOut: number;
      readonly dIn: number;
      readonly delta: Float32Array;
    };

/** Which of the text encoder's templates a question is put in. `pipeline` is the one that pictures are drawn with. */
export type PromptTemplate = 'pipeline' | 'chat' | 'raw';

/** One fact to write: afterwards `question` is answered with `answer`. */
export interface EditRequest {
  readonly question: string;
  readonly answer: string;
  readonly subject?: string | undefined;
  /** Other phrasings, for measuring; an editor does not see them. */
  readonly paraphrases?: readonly string[] | undefined;
  /** Prompts that this edit must not touch: an editor may protect them. */
  readonly locality?: readonly string[] | undefined;
}

/** JSON values, as provenance keeps them. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
/** What curly braces hold. */
export type JsonObject = { readonly [key: string]: Json };

/** Whether what was read as JSON is an object, and no list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** How an edit came to be; saved with it. */
export interface EditProvenance {
  /** sha256 over the base text encoder's weights; an edit is refused on another model. */
  readonly baseModel: string;
  readonly editor: string;
  readonly objective: string;
  readonly template: PromptTemplate;
  readonly options: Json;
  readonly requests: readonly EditRequest[];
  /** Versions of the packages that made it. */
  readonly versions?: Readonly<Record<string, string>> | undefined;
}

/** A set of weight changes that together write some facts. Immutable. */
export interface Edit {
  readonly sites: ReadonlyMap<string, SiteDelta>;
  readonly provenance: EditProvenance;
}

/** What pushing a delta returns; popping it takes exactly that delta away again. */
export interface DeltaHandle {
  readonly site: string;
  readonly id: number;
}
