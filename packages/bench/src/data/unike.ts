import type { EditCase, PicturePrompt } from './edit-case.js';
import { type RecordReader, readRecords } from './record-reader.js';

/** The same new fact at one distance from the edit. */
export interface UnikeStage {
  readonly question: string;
  /** Ends where the answer begins. */
  readonly prompt: string;
  readonly oldAnswer: string;
  readonly newAnswer: string;
  readonly imagePrompt: string;
  /** What the picture should show. */
  readonly visualTarget: string;
  /** What a vision model is asked about it. */
  readonly vqaQuestion: string;
}

export interface UnikeRecord {
  readonly index: number;
  readonly subject: string;
  /** color, material, pattern, shape, size; affiliation, creator, location, occupation. */
  readonly category: string;
  readonly source: 'attribute' | 'relation';
  /** The first is the edit's own; attributes have up to three more, each further from it. */
  readonly stages: readonly [UnikeStage, ...UnikeStage[]];
}

/**
 * Reads UniKE (arXiv 2606.00477): one JSON array of records with `subject`, `category`, `source` and `stage_1`,
 * attributes with `stage_2` to `stage_4`. Throws MokusError `input` naming record and field.
 */
export function readUnike(json: string): UnikeRecord[] {
  return readRecords('UniKE', json).map((record) => {
    const source = record.text('source');
    if (source !== 'attribute' && source !== 'relation') {
      return record.refuse('source', `is '${source.slice(0, 50)}', expected attribute or relation`);
    }
    const further = ['stage_2', 'stage_3', 'stage_4'].filter((stage) => record.has(stage));
    return {
      index: record.index,
      subject: record.text('subject'),
      category: record.text('category'),
      source,
      stages: [stageOf(record.child('stage_1')), ...further.map((stage) => stageOf(record.child(stage)))],
    };
  });
}

/**
 * The edit is stage 1's. Its picture is the efficacy; those of the further stages count as paraphrases, and their prompts
 * as what follows from the edit.
 */
export function unikeCase({ index, subject, stages }: UnikeRecord): EditCase {
  const [first, ...further] = stages;
  const picture = (role: PicturePrompt['role'], stage: UnikeStage): PicturePrompt => ({
    role,
    prompt: stage.imagePrompt,
    target: stage.visualTarget,
    question: stage.vqaQuestion,
  });
  return {
    id: String(index),
    request: { question: first.prompt, answer: first.newAnswer, subject },
    oldAnswer: first.oldAnswer,
    portability: further.map(({ prompt, newAnswer }) => ({ question: prompt, answer: newAnswer })),
    pictures: [picture('efficacy', first), ...further.map((stage) => picture('paraphrase', stage))],
  };
}

function stageOf(stage: RecordReader): UnikeStage {
  return {
    question: stage.text('question'),
    prompt: stage.text('prompt'),
    oldAnswer: stage.text('gt'),
    newAnswer: stage.text('gt_target'),
    imagePrompt: stage.text('image_prompt'),
    visualTarget: stage.text('visual_target'),
    vqaQuestion: stage.text('vqa_question'),
  };
}
