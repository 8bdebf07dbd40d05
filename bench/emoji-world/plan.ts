import { type NoiseGenerator, seededNoise } from '@mokus/core';
import { generalCorpus, type NamedWorld, oneTokenNames, type Relation } from '@mokus/emoji-world';

export { generalCorpus, oneTokenNames };

/** One fact to move to another answer of its relation, with everything that is drawn to judge the edit. */
export interface TransferCase {
  readonly id: number;
  readonly relation: string;
  /** Whether the image model saw prompts of the relation. */
  readonly seen: boolean;
  readonly subject: string;
  readonly oldAnswer: string;
  readonly newAnswer: string;
  /** The phrasing that is edited, as prompt and as question. */
  readonly question: string;
  /** The same fact in words that neither model was trained with. */
  readonly heldOut: readonly string[];
  /** Prompts of the same relation that the edit may protect; none is scored. */
  readonly protectedPrompts: readonly string[];
  /** Facts of the same relation that must stay. */
  readonly sameRelation: readonly string[];
  /** Names and facts of other relations that must stay. */
  readonly others: readonly string[];
}

export interface World extends NamedWorld {
  readonly relations: readonly Relation[];
}

/** Facts that are edited, and the seed of every choice. */
export const benchSize = 150;
export const benchSeed = 2026;

export const counts = { protected: 8, sameRelation: 10, otherFacts: 5, names: 5 };

/** Draws without replacement. */
export function sample<Item>(items: readonly Item[], count: number, noise: NoiseGenerator): Item[] {
  const rest = [...items];
  if (rest.length < count) throw new Error(`cannot draw ${count} of ${rest.length}`);
  return Array.from({ length: count }, () => rest.splice(Math.floor(noise.uniform() * rest.length), 1)[0] as Item);
}

function pick<Item>(items: readonly Item[], noise: NoiseGenerator): Item {
  return sample(items, 1, noise)[0] as Item;
}

export function fill(phrasing: string, subject: string): string {
  return phrasing.replace('{}', subject);
}

/** The subject in one of the phrasings, which are taken in turn: subjects that follow each other are not worded alike. */
export function inTurn(phrasings: readonly string[], subject: string, at: number): string {
  return fill(phrasings[at % phrasings.length] as string, subject);
}

/** The general corpus and the facts in two of their trained phrasings each: a C that protects questions of every kind. */
export function questionCorpus(world: World): string[] {
  const questions = world.relations.flatMap(({ facts, phrasings }) =>
    facts.flatMap(({ subject }, at) => [at, at + 1].map((which) => inTurn(phrasings, subject, which))),
  );
  return [...generalCorpus(world), ...questions];
}

/** A name as an unrelated prompt, in a wrapping that the general corpus does not use. */
export function namePrompt(name: string): string {
  return `a picture of a ${name}`;
}

/** About `size` cases, evenly over the relations, decided by the seed. */
export function planCases(world: World, size: number, seed: number): TransferCase[] {
  const noise = seededNoise(seed);
  const perRelation = Math.ceil(size / world.relations.length);
  const cases: TransferCase[] = [];
  for (const relation of world.relations) {
    const answers = [...new Set(relation.facts.map(({ answer }) => answer))];
    for (const fact of sample(relation.facts, Math.min(perRelation, relation.facts.length), noise)) {
      const rest = relation.facts.filter(({ subject }) => subject !== fact.subject);
      const kept = sample(rest, counts.protected + counts.sameRelation, noise);
      const otherRelations = world.relations.filter((other) => other !== relation);
      const otherFacts = sample(otherRelations, counts.otherFacts, noise).map((other) => {
        const { subject } = pick(other.facts, noise);
        return fill(pick(other.phrasings, noise), subject);
      });
      cases.push({
        id: cases.length,
        relation: relation.relation,
        seen: relation.seenByImageModel,
        subject: fact.subject,
        oldAnswer: fact.answer,
        newAnswer: pick(
          answers.filter((answer) => answer !== fact.answer),
          noise,
        ),
        question: fill(pick(relation.phrasings, noise), fact.subject),
        heldOut: relation.heldOutPhrasings.map((phrasing) => fill(phrasing, fact.subject)),
        protectedPrompts: kept
          .slice(0, counts.protected)
          .map(({ subject }) => fill(pick(relation.phrasings, noise), subject)),
        sameRelation: kept.slice(counts.protected).map(({ subject }) => fill(pick(relation.phrasings, noise), subject)),
        others: [...otherFacts, ...sample(oneTokenNames(world), counts.names, noise).map(namePrompt)],
      });
    }
  }
  return cases;
}
