import { type ByteStore, type RunOptions, type SecondMoment, sha256 } from '@mokus/core';
import { decodeMoments, encodeMoments, type MomentFile } from './moment-file.js';

/** Raised where what is computed from the same corpus changes. */
const version = 1;

/** What the names of files begin with. */
const moments = 'second-moments';
const run = 'second-moments-run';

/** What second moments depend on, beside the site. */
export interface MomentIdentity {
  readonly baseModel: string;
  readonly template: string;
  readonly rows: string;
  /** sha256 of the corpus as token ids, so that it covers the tokenizer and the template too. */
  readonly corpus: string;
}

/** How far a run has come. */
export type MomentProgress = Pick<MomentFile, 'batches' | 'moments'>;

/**
 * Second moments in a ByteStore: a file for each input group, named by a hash of what it depends on, so that a later call
 * for other sites computes only those; and one file for the run that is under way, named by all groups of the call.
 */
export class MomentCache {
  constructor(
    private readonly store: ByteStore,
    private readonly identity: MomentIdentity,
    private readonly groups: readonly string[],
  ) {}

  /** The groups that are there. */
  async read(): Promise<Map<string, SecondMoment>> {
    const found = new Map<string, SecondMoment>();
    for (const group of this.groups) {
      const moment = (await this.open([group], moments))?.moments.get(group);
      if (moment !== undefined) found.set(group, moment);
    }
    return found;
  }

  /** Keeps a run's result in place of its checkpoint. */
  async write(progress: MomentProgress, options: RunOptions): Promise<void> {
    for (const each of progress.moments) {
      await this.save([each[0]], moments, { ...progress, moments: new Map([each]) }, options);
    }
    await this.store.remove(await this.nameOf(this.groups, run));
  }

  /** Where an earlier run stopped, when it had all of these groups. */
  async resume(wanted: readonly string[]): Promise<MomentProgress | undefined> {
    const file = await this.open(this.groups, run);
    if (file === undefined || wanted.some((group) => !file.moments.has(group))) return undefined;
    return { ...file, moments: new Map([...file.moments].filter(([group]) => wanted.includes(group))) };
  }

  async checkpoint(progress: MomentProgress, options: RunOptions): Promise<void> {
    await this.save(this.groups, run, progress, options);
  }

  private async open(groups: readonly string[], kind: string): Promise<MomentFile | undefined> {
    const source = await this.store.read(await this.nameOf(groups, kind));
    return source && decodeMoments(source, this.describe(groups));
  }

  private async save(
    groups: readonly string[],
    kind: string,
    progress: MomentProgress,
    { signal }: RunOptions,
  ): Promise<void> {
    const chunks = await encodeMoments({ of: this.describe(groups), ...progress });
    await this.store.write(await this.nameOf(groups, kind), chunks, { signal });
  }

  private async nameOf(groups: readonly string[], kind: string): Promise<string> {
    const digest = await sha256(new TextEncoder().encode(this.describe(groups)));
    return `${kind}-${digest.slice(0, 32)}.safetensors`;
  }

  private describe(groups: readonly string[]): string {
    return JSON.stringify({ version, ...this.identity, groups });
  }
}
