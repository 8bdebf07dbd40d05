import { type HubOptions, pushOptions } from '@mokus/checkpoint/node';
import type { PushToHubOptions } from './push-to-hub.js';

/** The names of the hub's options, for functions that refuse what they do not know. */
export const hubOptions: Readonly<Record<keyof HubOptions, true>> = {
  signal: true,
  onProgress: true,
  revision: true,
  cacheDir: true,
  localFilesOnly: true,
  token: true,
  endpoint: true,
  retries: true,
};

/** The same of what uploads an edit, an adapter or a folder. */
export const pushToHubOptions: Readonly<Record<keyof PushToHubOptions, true>> = {
  weightName: true,
  format: true,
  ...pushOptions,
};
