import { appendFileSync } from 'node:fs';
import type { NearestPicture, NearestVerdict } from '@mokus/bench';
import type { TextToImagePipeline } from '@mokus/core';
import { secondMoments } from '@mokus/editors';
import { openEmojiWorld } from '../emoji-world/open.js';
import { benchSeed, benchSize, generalCorpus, planCases, type TransferCase } from '../emoji-world/plan.js';
import { drawAndJudge, nearestPicture, seedOf, world } from '../emoji-world/world.js';
import { configurations } from './configurations.js';
import { type CaseRow, type PictureRow, readCases } from './rows.js';

/** What unedited prompts show, drawn once each. */
class Before {
  readonly #known = new Map<string, NearestVerdict>();

  async of(
    pipeline: TextToImagePipeline,
    judge: NearestPicture,
    prompts: readonly string[],
  ): Promise<NearestVerdict[]> {
    const missing = [...new Set(prompts)].filter((prompt) => !this.#known.has(prompt));
    const verdicts = await drawAndJudge(pipeline, judge, missing);
    for (const [at, prompt] of missing.entries()) this.#known.set(prompt, verdicts[at] as NearestVerdict);
    return prompts.map((prompt) => this.#known.get(prompt) as NearestVerdict);
  }
}

async function runCase(
  pipeline: TextToImagePipeline,
  judge: NearestPicture,
  before: Before,
  { editor, objective }: ReturnType<(typeof configurations)[string]>,
  configuration: string,
  each: TransferCase,
): Promise<CaseRow> {
  const { question, newAnswer, heldOut, protectedPrompts, sameRelation, others } = each;
  const prompts: { role: PictureRow['role']; prompt: string }[] = [
    { role: 'edited', prompt: question },
    ...heldOut.map((prompt) => ({ role: 'heldOut' as const, prompt })),
    ...sameRelation.map((prompt) => ({ role: 'sameRelation' as const, prompt })),
    ...others.map((prompt) => ({ role: 'other' as const, prompt })),
  ];
  const texts = prompts.map(({ prompt }) => prompt);
  const stays = texts.slice(1 + heldOut.length);
  const kept = await before.of(pipeline, judge, stays);
  const request = { question, answer: newAnswer, locality: protectedPrompts };
  const edit = await editor.edit(pipeline.components.textEncoder, [request], { objective });
  await pipeline.apply(edit);
  try {
    const answer = await pipeline.components.textEncoder.generate(question);
    const after = await drawAndJudge(pipeline, judge, texts);
    const { id, relation, seen, subject, oldAnswer } = each;
    return {
      configuration,
      id,
      relation,
      seen,
      subject,
      oldAnswer,
      newAnswer,
      answer,
      pictures: prompts.map(({ role, prompt }, at) => {
        const old = kept[at - 1 - heldOut.length];
        const row = { role, prompt, seed: seedOf(prompt), nearest: after[at] as NearestVerdict };
        return old === undefined ? row : { ...row, before: old };
      }),
    };
  } finally {
    await pipeline.revert(edit);
  }
}

/**
 * One worker of the transfer benchmark: every `of`-th case under one configuration. Appends a line a case, so an
 * interrupted run goes on where it stopped.
 */
export async function runShard(configuration: string, index: number, of: number, file: string): Promise<void> {
  const make = configurations[configuration];
  if (make === undefined) throw new Error(`no configuration ${configuration}`);
  const done = new Set(readCases(file).map(({ id }) => id));
  const pipeline = await openEmojiWorld();
  const judge = await nearestPicture();
  const statistics = await secondMoments(pipeline.components.textEncoder, generalCorpus(world));
  const parts = make(statistics);
  const before = new Before();
  for (const each of planCases(world, benchSize, benchSeed)) {
    if (each.id % of !== index || done.has(each.id)) continue;
    const row = await runCase(pipeline, judge, before, parts, configuration, each);
    appendFileSync(file, `${JSON.stringify(row)}\n`);
  }
  await pipeline.dispose();
}
