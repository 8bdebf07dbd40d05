import type { LoweringTable } from '../lowering.js';
import { convolutions } from './convolutions.js';
import { elementwise } from './elementwise.js';
import { indexing } from './indexing.js';
import { layout } from './layout.js';
import { normalizations } from './normalizations.js';
import { products } from './products.js';
import { reductions } from './reductions.js';

/**
 * The operations of `@mokus/graph` in ONNX opset 21. What is not here (attention, rotary embedding, losses) is decomposed
 * into what is. A backend passes a table of its own to add or replace some.
 */
export const defaultLowerings: LoweringTable = new Map([
  ...elementwise,
  ...products,
  ...reductions,
  ...normalizations,
  ...layout,
  ...indexing,
  ...convolutions,
]);
