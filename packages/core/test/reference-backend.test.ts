import { testBackend } from '@mokus/core/testing';
import { test } from 'vitest';
import { referenceBackend } from '../src/index.js';

testBackend({ backend: referenceBackend(), test });
