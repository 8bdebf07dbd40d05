import { cudaBackend } from '@mokus/backend-cuda';
import { describe } from 'vitest';
import { testWholeChain } from './support/whole-chain.js';

describe('CUDA', () => testWholeChain(() => cudaBackend()));
