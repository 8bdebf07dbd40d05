/** The backend of examples/own-backend keeps the rules that all backends keep. */
import { testBackend } from '@mokus/core/testing';
import { test } from 'vitest';
import { float32Backend } from '../own-backend/float32-backend.js';

testBackend({ backend: float32Backend(), test });
