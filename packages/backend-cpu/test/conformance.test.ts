import { testBackend } from '@mokus/core/testing';
import { test } from 'vitest';
import { cpuBackend } from '../src/index.js';

testBackend({ backend: cpuBackend(), test });
