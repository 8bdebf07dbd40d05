import { type RunOptions, throwIfCancelled } from '@mokus/core';
import { cellName } from './cell-name.js';
import type { CellStore } from './cell-store.js';
import { jsonOf } from './settings.js';

/** Runs the parts of a comparison, each once: what a store has finished before is not computed again. */
export class CellRunner {
  #done = 0;

  /** `common` is JSON that decides every cell. */
  constructor(
    private readonly store: CellStore,
    private readonly common: unknown,
    private readonly total: number,
    private readonly options: RunOptions,
  ) {}

  /** The name of a cell; `decides` is JSON of what it depends on besides what is common to all. */
  name(words: readonly string[], decides: unknown): Promise<string> {
    return cellName(words, [this.common, decides]);
  }

  /** A cell's result, from the store or computed and kept, and reported. `compute` gets the cell's name. */
  async run<Cell>(words: readonly string[], decides: unknown, compute: (name: string) => Promise<Cell>): Promise<Cell> {
    throwIfCancelled(this.options.signal, 'the comparison');
    const name = await this.name(words, decides);
    const kept = await this.store.readCell(name);
    const cell = kept ?? jsonOf(await compute(name));
    if (kept === undefined) await this.store.writeCell(name, cell);
    this.#done += 1;
    this.options.onProgress?.({
      kind: 'compare',
      cell: words.join(' '),
      restored: kept !== undefined,
      done: this.#done,
      total: this.total,
    });
    // Only this function writes under the name, and the name's hash says of which kind the cell is.
    return cell as Cell;
  }
}
