import type { EditCase } from '@mokus/bench';
import { readFacts } from '../smollm2/facts.js';
import { openSmollm2, template } from '../smollm2/model.js';
import type { Combination, EditorsSubject } from './subject.js';

/** Facts of CounterFact that each is edited with: the model takes seconds a fact. */
const facts = 10;
const objectives = ['answer', 'conditioning'] as const;
const editors = ['ultraEdit', 'memit', 'fineTuning', 'loraTuning', 'alphaEdit', 'rome', 'pmet', 'ftL', 'ftM'];

/** A real LLM without pictures, on cases of CounterFact. */
export async function smollm2(): Promise<EditorsSubject> {
  const encoder = await openSmollm2();
  const all = readFacts();
  // Its neighbourhood is what should stay; fluency and contests are not measured here.
  const cases = all.slice(0, facts).map(({ generation: _, ...each }): EditCase => each);
  const combinations = objectives.flatMap((objective) => editors.map((editor): Combination => ({ editor, objective })));
  return {
    name: 'smollm2',
    model: encoder,
    combinations: combinations.map((combination) => ({ combination, cases })),
    preset: 'smollm2-135m-instruct',
    // Prompts of facts that no figure is measured on: more of their tokens than the 1,536 inputs of a down projection.
    corpus: all.slice(100).map(({ request }) => request.question),
    plan: { template },
    dispose: () => encoder.dispose(),
  };
}
