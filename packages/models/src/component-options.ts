import type { Backend, Json, LoadOptions, WeightStore } from '@mokus/core';

/** What a network of a diffusers folder is made from. */
export interface ComponentOptions extends LoadOptions {
  /** The contents of the component's config.json. */
  readonly config: Json;
  readonly weights: WeightStore;
  readonly backend: Backend;
  /** For messages: where the config stands. Default: config.json under the weights' name. */
  readonly file?: string | undefined;
}
