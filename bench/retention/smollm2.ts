import { locality, predictUnrelated, readFacts, reliability } from '../smollm2/facts.js';
import { openSmollm2, template } from '../smollm2/model.js';
import { smollm2Editors } from './smollm2-editors.js';
import type { RetentionSubject } from './subject.js';

/** Facts whose unrelated prompts locality is measured on, whichever are edited. */
const probed = 200;

/** A real LLM without pictures, on all 1,000 cases of CounterFact that lie beside the repository. */
export async function smollm2(): Promise<RetentionSubject> {
  const encoder = await openSmollm2();
  const facts = readFacts();
  const probes = facts.slice(0, probed);
  // All facts are edited, so C is of other prompts: those about other subjects, of facts that are not probed. They have more
  // tokens than the 1,536 inputs of a down projection.
  const corpus = facts.slice(probed).flatMap(({ neighbours = [] }) => neighbours.map(({ question }) => question));
  const baseline = await predictUnrelated(encoder, probes);
  return {
    name: 'smollm2',
    fingerprint: JSON.stringify({ model: await encoder.fingerprint(), facts: facts.length, probed, template }),
    encoder,
    template,
    editors: smollm2Editors,
    requests: facts.map(({ request }) => request),
    reworded: [],
    kept: [],
    sequentialCounts: [1, 10, 100, 1000],
    jointCounts: [],
    corpora: { names: corpus, questions: corpus },
    async measure(edits) {
      return {
        newPicture: null,
        uneditedFacts: null,
        names: null,
        reliability: await reliability(encoder, facts.slice(0, edits)),
        locality: await locality(encoder, probes, baseline),
      };
    },
    dispose: () => encoder.dispose(),
  };
}
