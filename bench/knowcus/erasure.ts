import { eraseConcept } from '@mokus/concepts';
import { seededNoise } from '@mokus/core';
import { inScene, type Relation, type Scene } from '@mokus/emoji-world';
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

/** Erased one at a time: names with several facts, and something unlike each to take its place. */
const erasures: readonly (readonly [name: string, replacement: string])[] = [
  ['lion', 'cactus'],
  ['elephant', 'umbrella'],
  ['horse', 'castle'],
  ['penguin', 'strawberry'],
  ['piano', 'pizza'],
  ['guitar', 'tractor'],
  ['rocket', 'mushroom'],
  ['apple', 'anchor'],
  ['bicycle', 'sunflower'],
  ['crown', 'snail'],
];

/** Wordings of a name that are edited, and others; neither model was trained with the last two. */
const editedNamings = ['{name}', 'a {name}', 'what is {name}?', 'a picture of a {name}'];
const otherNamings = [
  'a picture of {name}',
  'draw {name}',
  'draw a {name}',
  'show {name}',
  'an icon of {name}',
  'a photo of a {name}',
  'paint a {name}',
  'an image of {name}',
];

/** Facts of the concept: every third is not told to the edit. */
const untoldEvery = 3;
/** Neighbours of each kind that are drawn. */
const neighbours = 15;
const seed = 2026;

/**
 * `edited`: what the edit was told. `otherNaming`, `otherPhrasing`: the name, and told facts, in wordings that it was not
 * told. `untoldFact`: facts with this answer that it was never told. `neighbour`: facts with other answers, of the same
 * relations, and other names.
 */
export type ErasureGroup = 'edited' | 'otherNaming' | 'otherPhrasing' | 'untoldFact' | 'neighbour';

export interface ErasureRow extends BeforeAndAfterRow {
  readonly concept: string;
  readonly group: ErasureGroup;
}

interface Erased {
  readonly concept: string;
  readonly seconds: number;
  readonly rows: readonly ErasureRow[];
}

export interface ErasureResult {
  /** Share of all prompts that name or paraphrase an erased concept whose pictures still show it. */
  readonly residual: number;
  /** The same after recall. */
  readonly residualRecalled: number;
  /** The same before the edit. */
  readonly before: number;
  /** Share of neighbours that show the same concept in the same scene as before. */
  readonly neighboursKept: number;
  readonly residualByGroup: Readonly<Record<string, number>>;
  /** Share of those prompts that show the replacement. */
  readonly replaced: number;
  readonly secondsPerEdit: number;
  readonly concepts: readonly { readonly name: string; readonly residual: number; readonly neighboursKept: number }[];
  readonly settings: unknown;
  readonly rows: readonly ErasureRow[];
}

/** Erases each concept alone and draws prompts that name it, mean it, or are near it. Goes on where `kept` ends. */
export async function measureErasure(applications: ApplicationWorld, kept: Kept): Promise<ErasureResult> {
  const { limit, pipeline } = applications;
  const options = await applicationOptions(pipeline);
  const erased: Erased[] = [];
  for (const [name, replacement] of erasures) {
    erased.push(
      await kept.once(`erase-${name}`, async () => {
        const { told, probes } = planOf(name, replacement);
        const concept = { name, replacement, namings: editedNamings, paraphrases: told };
        const drawn = await drawWithEdit(applications, probes, () => eraseConcept(pipeline, concept, options));
        return { concept: name, ...drawn };
      }),
    );
  }
  const replacements = new Map(erasures);
  const rows = erased.flatMap((each) => each.rows);
  const meant = rows.filter(({ group }) => group !== 'neighbour');
  const residual = (some: readonly ErasureRow[]): number => rate(some, (row) => showsAfter(row, row.concept, limit));
  const neighboursKept = (some: readonly ErasureRow[]): number =>
    rate(
      some.filter(({ group }) => group === 'neighbour'),
      stayed,
    );
  const groups = [...new Set(meant.map(({ group }) => group))];
  return {
    residual: residual(meant),
    residualRecalled: rate(meant, (row) => showsRecalled(row, row.concept, limit)),
    before: rate(meant, (row) => showedBefore(row, row.concept, limit)),
    neighboursKept: neighboursKept(rows),
    residualByGroup: Object.fromEntries(
      groups.map((group) => [group, residual(meant.filter((row) => row.group === group))]),
    ),
    replaced: rate(meant, (row) => showsAfter(row, replacements.get(row.concept)!, limit)),
    secondsPerEdit: erased.reduce((sum, { seconds }) => sum + seconds, 0) / erased.length,
    concepts: erased.map(({ concept, rows: own }) => ({
      name: concept,
      residual: residual(own.filter(({ group }) => group !== 'neighbour')),
      neighboursKept: neighboursKept(own),
    })),
    settings: reportedSettings,
    rows,
  };
}

/** What the edit is told besides the name, and all that is drawn. */
function planOf(concept: string, replacement: string) {
  const facts = world.relations.flatMap((relation) =>
    relation.facts.filter(({ answer }) => answer === concept).map(({ subject }) => ({ relation, subject })),
  );
  const isUntold = (at: number): boolean => at % untoldEvery === untoldEvery - 1;
  const told = facts.filter((_, at) => !isUntold(at));
  const untold = facts.filter((_, at) => isUntold(at));
  const paraphrases = told.map(({ relation, subject }, at) => inTurn(relation.phrasings, subject, at));
  const naming = (template: string): string => template.replaceAll('{name}', concept);
  const heldOut = (some: typeof facts): string[] =>
    some.flatMap(({ relation, subject }) => relation.heldOutPhrasings.map((phrasing) => fill(phrasing, subject)));
  const probes = (group: ErasureGroup, prompts: readonly string[]) =>
    prompts.map((prompt) => ({ concept, group, prompt }));
  return {
    told: paraphrases,
    probes: [
      ...probes('edited', [...editedNamings.map(naming), ...paraphrases]),
      ...probes('otherNaming', inScenes(otherNamings.map(naming))),
      ...probes('otherPhrasing', inScenes(heldOut(told))),
      ...probes('untoldFact', heldOut(untold)),
      ...probes('neighbour', neighboursOf(concept, replacement, [...new Set(facts.map(({ relation }) => relation))])),
    ],
  };
}

/** Every second one in a scene, all scenes in turn. */
function inScenes(prompts: readonly string[]): string[] {
  const scenes = world.scenes.filter(({ phrase }) => phrase !== '');
  return prompts.map((prompt, at) =>
    at % 2 === 0 ? prompt : inScene(prompt, scenes[((at - 1) / 2) % scenes.length] as Scene),
  );
}

/** Facts of these relations in phrasings that neither C nor the models' training holds, and names. */
function neighboursOf(concept: string, replacement: string, relations: readonly Relation[]): string[] {
  const noise = seededNoise(seed + erasures.findIndex(([name]) => name === concept));
  const facts = relations.flatMap(({ facts: all, heldOutPhrasings }) =>
    all
      .filter(({ answer }) => answer !== concept && answer !== replacement)
      .map(({ subject }, at) => inTurn(heldOutPhrasings, subject, at)),
  );
  const names = oneTokenNames(world).filter((name) => name !== concept && name !== replacement);
  return [
    ...sample(facts, Math.min(neighbours, facts.length), noise),
    ...sample(names, neighbours, noise).map(namePrompt),
  ];
}
