import { cpuBackend } from '@mokus/backend-cpu';
import { testTextEncoder } from '@mokus/core/testing';
import { describe, it } from 'vitest';
import { tinyTextEncoder } from '../support/text-encoder.js';

describe('the Qwen text encoder passes the kit on the reference backend', () => {
  testTextEncoder({ test: it, create: () => tinyTextEncoder() });
});

describe('the Qwen text encoder passes the kit on the CPU backend', () => {
  testTextEncoder({ test: it, create: () => tinyTextEncoder(cpuBackend()) });
});
