import type { InferenceSession, TensorConstructor } from 'onnxruntime-common';
import type { LowerOptions } from './lower.js';
import type { PlacedWeights } from './weights.js';

/** What a module needs of a session; an onnxruntime `InferenceSession` is one. */
export interface OnnxSession {
  run(feeds: InferenceSession.FeedsType, fetches: readonly string[]): Promise<InferenceSession.OnnxValueMapType>;
  release(): Promise<void>;
}

/** An onnxruntime flavour on one device: what a backend package supplies. */
export interface OnnxRuntime extends LowerOptions {
  /** The tensors of this flavour; each carries its own copy of the class. */
  readonly Tensor: TensorConstructor;
  /** `component` is for messages. A MokusError that is thrown here comes to the caller as it is. */
  createSession(model: Uint8Array, weights: PlacedWeights, component: string): Promise<OnnxSession>;
}

/** Session options that place the weights as {@link PlacedWeights} says. */
export function weightOptions({ externalData, folder }: PlacedWeights): InferenceSession.SessionOptions {
  return {
    externalData: [...externalData],
    extra: { session: folder === undefined ? {} : { model_external_initializers_file_folder_path: folder } },
  };
}
