import { referenceBackend } from '@mokus/core';
import { testDiT } from '@mokus/core/testing';
import { describe, it } from 'vitest';
import { createQwenImageTransformer } from '../../src/index.js';
import { componentWeights, readModelJson } from '../support/fixtures.js';

describe('the Qwen-Image transformer passes the kit on the reference backend', () => {
  testDiT({
    test: it,
    create: async () =>
      createQwenImageTransformer({
        config: await readModelJson('transformer/config.json'),
        weights: await componentWeights('transformer'),
        backend: referenceBackend(),
      }),
  });
});
