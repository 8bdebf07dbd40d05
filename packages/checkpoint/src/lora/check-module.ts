import type { LoraModule, MokusError } from '@mokus/core';

/** Throws what `refuse` makes unless the factors are what their sizes say, and finite. */
export function checkModule(
  { dOut, dIn, rank, alpha, down, up }: LoraModule,
  refuse: (problem: string) => MokusError,
): void {
  if (![dOut, dIn, rank].every((size) => Number.isSafeInteger(size) && size >= 1)) {
    throw refuse(`has sizes [${dOut}, ${dIn}] and rank ${rank}; each must be a whole number from 1`);
  }
  // A LoRA of small layers among large ones may have a rank above the smaller side; above both it is no LoRA.
  if (rank > Math.max(dOut, dIn))
    throw refuse(`has rank ${rank}, more than its layer [${dOut}, ${dIn}] has rows or columns; train it again`);
  if (!Number.isFinite(alpha)) throw refuse(`has alpha ${alpha}; give a finite number`);
  const factors = [
    ['down', rank, dIn, down],
    ['up', dOut, rank, up],
  ] as const;
  for (const [name, rows, columns, values] of factors) {
    if (values.length !== rows * columns) {
      throw refuse(`has ${values.length} numbers in ${name} [${rows}, ${columns}]; give ${rows * columns}`);
    }
    const wrong = values.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0)
      throw refuse(`holds ${values[wrong]} in row ${Math.floor(wrong / columns)} of ${name}; train it again`);
  }
}
