import { folderStore } from '@mokus/checkpoint/node';
import type { ByteStore } from '@mokus/core';

/** Second moments of earlier runs, of any benchmark. */
export const secondMomentsCache: ByteStore = folderStore(new URL('../.cache/second-moments/', import.meta.url));
