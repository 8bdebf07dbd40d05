import { injectKnowledge } from '@mokus/concepts';
import { seededNoise } from '@mokus/core';
import type { Relation } from '@mokus/emoji-world';
import { fill, inTurn, namePrompt, oneTokenNames, sample } from '../emoji-world/plan.js';
import { rate } from '../emoji-world/rates.js';
import { world } from '../emoji-world/world.js';
import {
  type ApplicationWorld,
  applicationOptions,
  type BeforeAndAfterRow,
  drawWithEdit,
  type Kept,
  reportedSettings,
  showedBefore,
  showsAfter,
  showsRecalled,
  stayed,
} from './application.js';
import { freshFacts } from './fresh-facts.js';

/** Facts that are injected, in one call. */
const size = 66;
/** Facts and names that must stay, of each kind. */
const others = 60;
const seed = 2026;

/** `injected`: another phrasing than the one that was injected. `fact`, `name`: what the model knew. */
export type InjectionGroup = 'injected' | 'fact' | 'name';

export interface InjectionRow extends BeforeAndAfterRow {
  readonly group: InjectionGroup;
  /** What it should show. */
  readonly answer: string;
}

export interface InjectionResult {
  /** Facts that the model was asked, in both scored phrasings; it got `facts` of the others wrong, and those were injected. */
  readonly asked: number;
  readonly facts: number;
  /** Pictures right of the injected facts, in phrasings that were not injected: before and with the edit. */
  readonly before: number;
  readonly right: number;
  /** As `right`, after recall. */
  readonly rightRecalled: number;
  /** Facts and names that show the same concept in the same scene as before. */
  readonly factsKept: number;
  readonly namesKept: number;
  readonly seconds: number;
  readonly settings: unknown;
  readonly rows: readonly InjectionRow[];
}

interface FreshFact {
  readonly relation: Relation;
  readonly subject: string;
  readonly answer: string;
}

/** Injects facts that the model gets wrong in one phrasing, and draws them in two others. Goes on where `kept` ends. */
export async function measureInjection(applications: ApplicationWorld, kept: Kept): Promise<InjectionResult> {
  const { limit, pipeline } = applications;
  const all = world.relations.flatMap((relation) =>
    Object.entries(freshFacts[relation.relation] ?? {}).map(([subject, answer]) => ({ relation, subject, answer })),
  );
  const wrong: FreshFact[] = [];
  for (const fact of all) if (!(await isKnown(applications, fact))) wrong.push(fact);
  const noise = seededNoise(seed);
  const injected = sample(wrong, size, noise);
  const knowledge = injected.map(({ relation, subject, answer }, at) => ({
    prompt: inTurn(relation.phrasings, subject, at),
    answer,
  }));
  const known = world.relations.flatMap(({ facts, heldOutPhrasings }) =>
    facts.map(({ subject, answer }, at) => ({
      group: 'fact' as const,
      prompt: inTurn(heldOutPhrasings, subject, at),
      answer,
    })),
  );
  const names = oneTokenNames(world).map((name) => ({
    group: 'name' as const,
    prompt: namePrompt(name),
    answer: name,
  }));
  const probes = [
    ...injected.flatMap((fact) =>
      scoredPrompts(fact).map((prompt) => ({ group: 'injected' as const, prompt, answer: fact.answer })),
    ),
    ...sample(known, others, noise),
    ...sample(names, others, noise),
  ];
  const { seconds, rows } = await kept.once('inject', async () => {
    const options = await applicationOptions(pipeline);
    return drawWithEdit<(typeof probes)[number]>(applications, probes, () =>
      injectKnowledge(pipeline, knowledge, options),
    );
  });
  const ofGroup = (group: InjectionGroup): InjectionRow[] => rows.filter((row) => row.group === group);
  return {
    asked: all.length,
    facts: injected.length,
    before: rate(ofGroup('injected'), (row) => showedBefore(row, row.answer, limit)),
    right: rate(ofGroup('injected'), (row) => showsAfter(row, row.answer, limit)),
    rightRecalled: rate(ofGroup('injected'), (row) => showsRecalled(row, row.answer, limit)),
    factsKept: rate(ofGroup('fact'), stayed),
    namesKept: rate(ofGroup('name'), stayed),
    seconds,
    settings: reportedSettings,
    rows,
  };
}

/** Whether the text encoder gives the answer in one of the scored phrasings. */
async function isKnown({ pipeline }: ApplicationWorld, fact: FreshFact): Promise<boolean> {
  for (const prompt of scoredPrompts(fact)) {
    if ((await pipeline.components.textEncoder.generate(prompt)) === fact.answer) return true;
  }
  return false;
}

function scoredPrompts({ relation, subject }: FreshFact): string[] {
  return relation.heldOutPhrasings.map((phrasing) => fill(phrasing, subject));
}
