import {
  type ByteStore,
  MokusError,
  type PromptTemplate,
  type RunOptions,
  requireChoice,
  requireKnown,
  requireNumber,
  type SecondMoment,
  type Site,
  type TextEncoder,
  throwIfCancelled,
} from '@mokus/core';
import { requireMethods, requireOptions } from '../option-kinds.js';
import { onePerInputGroup, type SiteSelection, selectSites } from '../session/sites.js';
import { type Corpus, textsOf } from './corpus.js';
import { CorpusDigest } from './corpus-digest.js';
import { MomentCache, type MomentProgress } from './moment-cache.js';
import { type PromptBatch, type PromptRows, promptBatches } from './prompt-batches.js';
import { SiteStatistics } from './site-statistics.js';

export interface SecondMomentsOptions extends RunOptions {
  /** The template that edits will use. Default: 'pipeline'. */
  readonly template?: PromptTemplate | undefined;
  /** The sites that edits will change. Default: gate and up projections of all layers below the tap. */
  readonly sites?: SiteSelection | undefined;
  /** The rows of a prompt whose keys count: 'answer' for UltraEdit, 'all' for locate-then-edit. Default: 'answer'. */
  readonly rows?: PromptRows | undefined;
  /**
   * Where moments are kept, by model, site and corpus: a later call over the same corpus reads them, and a call that was
   * cancelled or killed goes on from its last checkpoint. The corpus is read twice then. Damaged files are computed anew.
   */
  readonly cache?: ByteStore | undefined;
  /** Batches (of 32 prompts at most) from one checkpoint to the next. Default: 100. */
  readonly checkpointEvery?: number | undefined;
}

/**
 * Second moments of the sites' inputs at the answer rows (the last row of the formatted prompt, which predicts the
 * answer) or at all rows of a general corpus of prompts: the C of the protected ridge. The corpus streams: in memory are
 * one batch of it and a [dIn, dIn] sum in float64 for each input group. Progress: 'statistics', in texts.
 *
 * Throws MokusError `input` for an option that is unknown, out of its range or of another kind, a corpus that is empty, holds
 * what is no text or reads differently the second time, and a cache on an edited encoder; `prompt` for a text that is too long (rows 'answer'; with 'all' it is
 * divided at spaces); `site`, `cancelled`, and what the cache throws.
 */
export async function secondMoments(
  encoder: TextEncoder,
  corpus: Corpus,
  options: SecondMomentsOptions = {},
): Promise<SiteStatistics> {
  const owner = 'secondMoments';
  requireOptions(owner, options);
  const { template = 'pipeline', rows = 'answer', cache: store, checkpointEvery = 100, signal, onProgress } = options;
  const others = { sites: 0, cache: 0, signal: 0, onProgress: 0 };
  requireKnown(owner, options, { template, rows, checkpointEvery, ...others });
  requireChoice(owner, 'rows', rows, ['answer', 'all'] satisfies PromptRows[]);
  requireNumber(owner, 'checkpointEvery', checkpointEvery, { atLeast: 1, integer: true });
  if (store !== undefined) {
    requireMethods(owner, 'cache', store, ['read', 'write', 'remove'], 'a ByteStore, such as folderStore(path)');
  }
  const sites = onePerInputGroup(selectSites(encoder, options.sites));
  const groups = sites.map(({ inputGroup }) => inputGroup);
  const baseModel = await encoder.fingerprint();
  const read = (): AsyncGenerator<PromptBatch> => promptBatches(encoder, textsOf(corpus), template, rows);
  const finish = (moments: ReadonlyMap<string, SecondMoment>): SiteStatistics => {
    if (moments.size > 0) return new SiteStatistics({ baseModel, template, rows, moments });
    throw new MokusError('input', 'second moments need at least one prompt', { field: 'corpus' });
  };

  if (store === undefined) {
    const total = Array.isArray(corpus) ? corpus.length : undefined;
    return finish(await sumKeys(encoder, sites, read(), { total, signal, onProgress }));
  }

  if (encoder.deltas().length > 0) {
    throw new MokusError(
      'input',
      'the cache keeps moments of the unedited encoder, and deltas are pushed on this one: revert the edits, or leave out cache',
      { field: 'cache' },
    );
  }
  const digest = await CorpusDigest.of(read(), signal);
  const cache = new MomentCache(store, { baseModel, template, rows, corpus: digest.value }, groups);
  const known = await cache.read();
  const missing = sites.filter(({ inputGroup }) => !known.has(inputGroup));
  if (missing.length > 0) {
    const again = new CorpusDigest();
    const computed = await sumKeys(encoder, missing, again.following(read()), {
      total: digest.texts,
      start: await cache.resume(missing.map(({ inputGroup }) => inputGroup)),
      checkpointEvery,
      checkpoint: (progress) => cache.checkpoint(progress, { signal }),
      signal,
      onProgress,
    });
    if (again.value !== digest.value) {
      throw new MokusError(
        'input',
        `the corpus gave ${digest.texts} texts when it was hashed and other ones when it was read again: pass an array, a ByteSource, or an iterable that starts anew each time`,
        { field: 'corpus' },
      );
    }
    await cache.write({ batches: digest.batches, moments: computed }, { signal });
    for (const [group, moment] of computed) known.set(group, moment);
  } else {
    onProgress?.({ kind: 'statistics', done: digest.texts, total: digest.texts });
  }
  return finish(known);
}

interface SumOptions extends RunOptions {
  readonly total: number | undefined;
  /** What is summed already. */
  readonly start?: MomentProgress | undefined;
  readonly checkpointEvery?: number;
  readonly checkpoint?: (progress: MomentProgress) => Promise<void>;
}

/** The sum over the batches, by input group. */
async function sumKeys(
  encoder: TextEncoder,
  groups: readonly Site[],
  read: AsyncIterable<PromptBatch>,
  { total, start, checkpointEvery = Infinity, checkpoint, signal, onProgress }: SumOptions,
): Promise<ReadonlyMap<string, SecondMoment>> {
  const sites = groups.map(({ id }) => id);
  const sums = new Map(start?.moments);
  let batches = 0;
  for await (const { batch, rows, texts } of read) {
    batches++;
    if (batches <= (start?.batches ?? 0)) continue;
    throwIfCancelled(signal, 'computing second moments');
    const moments = await encoder.secondMoment({ batch, sites, rows }, { signal });
    for (const { id, inputGroup } of groups) addTo(sums, inputGroup, moments.get(id)!);
    if (batches % checkpointEvery === 0) await checkpoint?.({ batches, moments: sums });
    onProgress?.({ kind: 'statistics', done: texts, total });
  }
  return sums;
}

/** Adds a batch's moment in place: a wide site's sum is larger than everything else here. */
function addTo(sums: Map<string, SecondMoment>, group: string, { dIn, count, sum }: SecondMoment): void {
  const before = sums.get(group);
  if (before !== undefined) for (let index = 0; index < sum.length; index++) sum[index]! += before.sum[index]!;
  sums.set(group, { dIn, count: count + (before?.count ?? 0), sum });
}
