import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a benchmark has measured so far, under .cache: one that was killed goes on from there. */
export class PartialResults {
  readonly folder: string;

  /** @param name of the folder: it must say all that the results depend on */
  constructor(name: string) {
    this.folder = fileURLToPath(new URL(`../.cache/${name}/`, import.meta.url));
    mkdirSync(this.folder, { recursive: true });
  }

  /** A part's result from an earlier run, or computed and kept now; prints when it begins. */
  async once<Result>(name: string, compute: () => Promise<Result>): Promise<Result> {
    const kept = this.kept<Result>(name);
    if (kept !== undefined) return kept;
    const file = this.#file(name);
    console.log(`${new Date().toISOString().slice(11, 19)} ${name}`);
    const result = await compute();
    writeFileSync(`${file}.part`, JSON.stringify(result));
    renameSync(`${file}.part`, file);
    return result;
  }

  /** A part's result from an earlier run; undefined where it is not there. */
  kept<Result>(name: string): Result | undefined {
    const file = this.#file(name);
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Result) : undefined;
  }

  #file(name: string): string {
    return join(this.folder, `${name}.json`);
  }
}
