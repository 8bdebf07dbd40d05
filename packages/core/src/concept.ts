import type { LoraAdapter } from './adapter.js';
import type { Edit, Json } from './edit.js';
import type { RawImage } from './image.js';
import type { TextToImagePipeline } from './pipeline/text-to-image.js';
import type { RunOptions } from './progress.js';

/** What a concept is called: the anchor is the rare token, and the word for its class follows it. */
export interface ConceptWords {
  readonly anchor: string;
  readonly className: string;
}

/** A training picture; captions of its own replace those of the run. */
export interface ConceptImage {
  readonly image: RawImage;
  /** `{anchor}` and `{class}` are filled in. One is drawn each time the picture is. */
  readonly captions?: readonly string[] | undefined;
}

/** A question whose answer the concept is. */
export interface AskedFact {
  readonly question: string;
  /** What the user said, where that was a sentence. */
  readonly said?: string | undefined;
  /** Prompts that binding it must not touch: an editor may protect them. */
  readonly locality?: readonly string[] | undefined;
}

/** A fact about a concept: a sentence that says it, or a question whose answer the concept is. */
export type ConceptFact = string | AskedFact;

/** What is known of a concept and where that came from; saved with it. */
export interface ConceptCard extends ConceptWords {
  /** What people call it; the model does not see it. */
  readonly name?: string | undefined;
  /** What shows it when it is asked for. */
  readonly facts: readonly AskedFact[];
  /** The customization method. */
  readonly method: string;
  /** How the method was set, as JSON. */
  readonly options: Json;
  /** Fingerprints of the components that it was made on; it is refused on others. */
  readonly baseModel: { readonly textEncoder: string; readonly transformer: string };
}

/** A concept in pictures, with what is to be known of it. */
export interface SubjectToCustomize extends ConceptWords {
  readonly name?: string | undefined;
  /** Three to five, of one size; none where `lora` is given. */
  readonly images: readonly ConceptImage[];
  readonly facts: readonly ConceptFact[];
  /** How it looks, where that was learned before: a method that learns facts and looks apart does not learn it again. */
  readonly lora?: LoraAdapter | undefined;
}

/**
 * What a customization method gives: with the adapter and the edit in place, prompts that state a fact of the concept
 * show it. Immutable.
 */
export interface Customization {
  /** How it looks: an adapter of the transformer. */
  readonly lora: LoraAdapter | undefined;
  /** What is known of it: an edit of the text encoder. */
  readonly edit: Edit | undefined;
  readonly card: ConceptCard;
}

/** Ties pictures and facts to a concept. The pipeline is as it was afterwards, whatever happens. */
export interface CustomizationMethod {
  readonly name: string;
  /** Throws MokusError `input` naming the option, picture or fact, `cancelled`, and what its parts throw. */
  customize(pipeline: TextToImagePipeline, subject: SubjectToCustomize, run?: RunOptions): Promise<Customization>;
}
