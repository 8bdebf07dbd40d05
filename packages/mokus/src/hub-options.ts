import type { HubOptions } from '@mokus/checkpoint/node';

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
