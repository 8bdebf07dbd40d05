import type { TextTable } from '../report/columns.js';
import type { KnowCusSummary } from './summary.js';

/** The paper's table; a dash stands where nothing was measured. The first row is the head. */
export function knowCusTable(summary: readonly KnowCusSummary[]): TextTable {
  const fixed = (value: number | null, digits: number): string => value?.toFixed(digits) ?? '-';
  return [
    [
      'method',
      'reconstruction CLIP-I',
      'reconstruction CLIP-I-Seg',
      'generation CLIP-I',
      'generation CLIP-I-Seg',
      'generation CLIP-T',
      'PickScore',
      'learn, s',
      'bind, s',
    ],
    ...summary.map(({ method, reconstruction, generation, learnSeconds, bindSeconds }) => [
      method,
      fixed(reconstruction.clipI, 3),
      fixed(reconstruction.clipISeg, 3),
      fixed(generation.clipI, 3),
      fixed(generation.clipISeg, 3),
      fixed(generation.clipT, 3),
      fixed(generation.pickScore, 2),
      fixed(learnSeconds, 1),
      fixed(bindSeconds, 2),
    ]),
  ];
}
