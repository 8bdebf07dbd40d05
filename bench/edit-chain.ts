import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { loadEdit, saveEdit } from '@mokus/checkpoint/node';
import type { Edit, EditOptions, Editor, EditRequest, TextEncoder } from '@mokus/core';
import { AppliedEdits } from './applied-edits.js';

/** What is on disk of a chain beside the sum of its edits. */
interface Kept {
  /** Of each edit so far. */
  readonly seconds: readonly number[];
  /** None where no edit changed anything. */
  readonly sum: string | null;
  readonly state: unknown;
}

/**
 * Edits made one after the other, each on the model with all before it. Their sum is what is kept on disk: hundreds of
 * fine-tunes would fill it.
 */
class EditChain {
  readonly #path: string;
  readonly #applied: AppliedEdits;
  #seconds: readonly number[] = [];
  #state: unknown;
  /** What was kept last. */
  #sum: string | null = null;
  #last: Edit | undefined;

  private constructor(encoder: TextEncoder, path: string) {
    this.#path = path;
    this.#applied = new AppliedEdits(encoder);
  }

  /**
   * As an earlier run kept it, or empty. A chain that goes on differs from one that was never interrupted by the rounding
   * of the sum to float32.
   *
   * @param path of its files, less their endings
   */
  static async open(encoder: TextEncoder, path: string): Promise<EditChain> {
    const chain = new EditChain(encoder, path);
    if (!existsSync(chain.#file)) return chain;
    const { seconds, sum, state } = JSON.parse(readFileSync(chain.#file, 'utf8')) as Kept;
    if (sum !== null) chain.#apply(await loadEdit(sum));
    chain.#seconds = seconds;
    chain.#sum = sum;
    chain.#state = state;
    return chain;
  }

  /** Of each edit so far. */
  get seconds(): readonly number[] {
    return this.#seconds;
  }

  /** Of the editor when the chain was kept; undefined where the chain was empty. */
  get state(): unknown {
    return this.#state;
  }

  add(edit: Edit, seconds: number): void {
    this.#apply(edit);
    this.#seconds = [...this.#seconds, seconds];
  }

  /** Writes the sum, then what says that it is there. @param state what the editor needs to go on, as JSON */
  async keep(state: unknown): Promise<void> {
    const before = this.#sum;
    const sum = this.#last === undefined ? null : `${this.#path}-sum-${this.#seconds.length}.safetensors`;
    if (sum !== null) await saveEdit(sum, { ...this.#last!, sites: this.#applied.sums() });
    const kept: Kept = { seconds: this.#seconds, sum, state };
    writeFileSync(`${this.#file}.part`, JSON.stringify(kept));
    renameSync(`${this.#file}.part`, this.#file);
    this.#sum = sum;
    if (before !== null && before !== sum) rmSync(before, { force: true });
  }

  /** Takes all of them away. */
  revert(): void {
    this.#applied.revert();
  }

  get #file(): string {
    return `${this.#path}.json`;
  }

  #apply(edit: Edit): void {
    this.#applied.apply(edit);
    if (edit.sites.size > 0) this.#last = edit;
  }
}

/** How edits are made one after the other. */
export interface Sequence {
  readonly encoder: TextEncoder;
  /** In the order in which they are edited. */
  readonly requests: readonly EditRequest[];
  /** Numbers of edits after which the caller looks, rising. */
  readonly marks: readonly number[];
  /** Of the chain's files, less their endings. */
  readonly path: string;
  readonly options: EditOptions;
  /** The editor, going on from a state that it had; undefined for a new one. */
  readonly open: (state: unknown) => { readonly editor: Editor; readonly state?: () => unknown };
}

/** Edits after which the chain is kept; a run that was killed makes the later ones again. */
const keptEvery = 10;

/**
 * Yields at each mark, with all edits so far on the encoder, the seconds of each edit so far. Takes them away at the end.
 * The next edit begins when the caller has looked, and a chain is not kept beyond a mark before.
 */
export async function* editInSequence(sequence: Sequence): AsyncGenerator<readonly number[]> {
  const { encoder, requests, marks, path, options } = sequence;
  const chain = await EditChain.open(encoder, path);
  const { editor, state = () => null } = sequence.open(chain.state);
  try {
    for (const mark of marks) {
      for (const request of requests.slice(chain.seconds.length, mark)) {
        const started = performance.now();
        const edit = await editor.edit(encoder, [request], options);
        chain.add(edit, (performance.now() - started) / 1000);
        if (chain.seconds.length % keptEvery === 0 || chain.seconds.length === mark) await chain.keep(state());
      }
      yield chain.seconds.slice(0, mark);
    }
  } finally {
    chain.revert();
  }
}
