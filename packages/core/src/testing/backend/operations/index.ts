import type { OperationCase } from '../operation-case.js';
import { convolutionCases } from './convolutions.js';
import { elementwiseCases } from './elementwise.js';
import { layoutCases } from './layout.js';
import { productCases } from './products.js';
import { reductionCases } from './reductions.js';

/** Every operation of `@mokus/graph`, most of them in several uses. */
export const operationCases: readonly OperationCase[] = [
  ...elementwiseCases,
  ...productCases,
  ...reductionCases,
  ...layoutCases,
  ...convolutionCases,
];
