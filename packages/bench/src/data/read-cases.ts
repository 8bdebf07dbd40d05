import { counterFactCase, readCounterFact } from './counterfact.js';
import type { AnsweredProbe, EditCase, Probe } from './edit-case.js';
import { type RecordReader, readRecords } from './record-reader.js';
import { readUnike, unikeCase } from './unike.js';
import { readZsre, zsreCase } from './zsre.js';

/**
 * Reads facts to edit from a JSON array whose first record tells the data set: CounterFact, ZsRE, UniKE, or Mokus's own
 * shape, `[{ question, answer, subject?, paraphrases?, locality?, id?, oldAnswer?, unrelated?, neighbours?, portability?
 * }]`, where `unrelated` holds questions, or objects with `question` and `answer` as the last two do.
 *
 * Throws MokusError `input` naming record and field, also for an id that two records have.
 */
export function readCases(json: string): EditCase[] {
  const records = readRecords('facts', json);
  const [first] = records as [RecordReader, ...RecordReader[]];
  const cases = casesOf(first, records, json);
  const seen = new Map<string, number>();
  for (const [index, { id }] of cases.entries()) {
    const other = seen.get(id);
    if (other !== undefined) records[index]?.refuse('id', `is '${id.slice(0, 100)}', as that of record ${other} is`);
    seen.set(id, index);
  }
  return cases;
}

function casesOf(first: RecordReader, records: readonly RecordReader[], json: string): EditCase[] {
  if (first.has('question')) return records.map(caseOf);
  if (first.has('stage_1')) return readUnike(json).map(unikeCase);
  if (first.has('src')) return readZsre(json).map(zsreCase);
  if (first.has('requested_rewrite') || first.has('target_new')) return readCounterFact(json).map(counterFactCase);
  return first.refuse('question', 'is missing, and the record is none of CounterFact, ZsRE or UniKE either');
}

function caseOf(record: RecordReader): EditCase {
  return {
    id: record.optionalText('id') ?? String(record.index),
    request: {
      question: record.text('question'),
      answer: record.text('answer'),
      subject: record.optionalText('subject'),
      paraphrases: record.texts('paraphrases'),
      locality: record.texts('locality'),
    },
    oldAnswer: record.optionalText('oldAnswer'),
    unrelated: record.children('unrelated', (question) => ({ question })).map(probeOf),
    neighbours: record.children('neighbours').map(answeredOf),
    portability: record.children('portability').map(answeredOf),
  };
}

function probeOf(probe: RecordReader): Probe {
  return { question: probe.text('question'), answer: probe.optionalText('answer') };
}

function answeredOf(probe: RecordReader): AnsweredProbe {
  return { question: probe.text('question'), answer: probe.text('answer') };
}
