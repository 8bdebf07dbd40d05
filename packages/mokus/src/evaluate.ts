import { scoreAnswers } from '@mokus/bench';
import {
  type Edit,
  type EditRequest,
  isText,
  type RunOptions,
  requireEdit,
  requireList,
  requirePipeline,
  type TextToImagePipeline,
  throwIfCancelled,
  withoutEdit,
} from '@mokus/core';

/** One prompt of a request, before and after the edit. */
export interface PromptOutcome {
  readonly prompt: string;
  /** Greedy answers. */
  readonly before: string;
  readonly after: string;
}

/** A prompt that should be answered with the request's answer. */
export interface TargetOutcome extends PromptOutcome {
  /** Share of the answer's tokens that are the most likely ones, teacher-forced, in [0, 1]. */
  readonly accuracyBefore: number;
  readonly accuracyAfter: number;
}

export interface RequestOutcome {
  readonly request: EditRequest;
  readonly question: TargetOutcome;
  readonly paraphrases: readonly TargetOutcome[];
  readonly locality: readonly PromptOutcome[];
}

/** Rates in [0, 1], means over requests; undefined where no request has such prompts. */
export interface Evaluation {
  readonly requests: readonly RequestOutcome[];
  readonly before: { readonly reliability: number; readonly generalization: number | undefined };
  readonly after: { readonly reliability: number; readonly generalization: number | undefined };
  /** Share of the locality prompts that are answered as before. */
  readonly locality: number | undefined;
}

/** What an evaluation of one prompt under one state of the model gives. */
interface Answer {
  readonly text: string;
  readonly accuracy: number;
}

/** By request and prompt. */
type Answers = ReadonlyMap<EditRequest, ReadonlyMap<string, Answer>>;

/**
 * What an edit does to answers: reliability (the question), generalization (the paraphrases) and locality (prompts that
 * should stay), measured before and after by applying the edit, and reverting it if it was not applied already. The
 * pipeline is left as it was. Throws MokusError `edit` for what is no edit, `input` for what is no list of requests, before
 * anything is answered; `prompt` for a text that cannot be encoded, `cancelled`, and as the pipeline's `apply`.
 */
export async function evaluate(
  pipeline: TextToImagePipeline,
  edit: Edit,
  requests: readonly EditRequest[],
  options: RunOptions = {},
): Promise<Evaluation> {
  requirePipeline(pipeline);
  requireEdit('evaluate', edit);
  requireRequests(requests);
  const answers = (): Promise<Answers> => answersOf(pipeline, requests, options);
  const wasApplied = pipeline.edits.includes(edit);
  const before = wasApplied ? await withoutEdit(pipeline, edit, answers) : await answers();
  if (!wasApplied) await pipeline.apply(edit);
  const after = await answers().finally(async () => {
    if (!wasApplied) await pipeline.revert(edit);
  });
  const outcomes = requests.map((request) => outcomeOf(request, before, after));
  const targets = (pick: 'accuracyBefore' | 'accuracyAfter') => ({
    reliability: mean(outcomes.map(({ question }) => question[pick])) ?? 0,
    generalization: mean(outcomes.flatMap(({ paraphrases }) => mean(paraphrases.map((each) => each[pick])) ?? [])),
  });
  return {
    requests: outcomes,
    before: targets('accuracyBefore'),
    after: targets('accuracyAfter'),
    locality: mean(
      outcomes.flatMap(({ locality }) => mean(locality.map((each) => Number(each.before === each.after))) ?? []),
    ),
  };
}

function requireRequests(requests: readonly EditRequest[]): void {
  const isRequest = (each: unknown): boolean => {
    const { question, answer } = (each as Partial<EditRequest> | null | undefined) ?? {};
    return isText(question) && isText(answer);
  };
  requireList('requests', requests, isRequest, 'give a list of { question, answer }, also for one');
  requests.forEach(({ paraphrases = [], locality = [] }, index) => {
    requireList(`requests[${index}].paraphrases`, paraphrases, isText, 'give a list of prompts');
    requireList(`requests[${index}].locality`, locality, isText, 'give a list of prompts');
  });
}

function promptsOf({ question, paraphrases = [], locality = [] }: EditRequest): string[] {
  return [question, ...paraphrases, ...locality];
}

/** Answers by request and prompt; a prompt of several requests is answered for each, since its target differs. */
async function answersOf(
  pipeline: TextToImagePipeline,
  requests: readonly EditRequest[],
  { signal, onProgress }: RunOptions,
): Promise<Answers> {
  const { textEncoder } = pipeline.components;
  const total = requests.reduce((sum, request) => sum + promptsOf(request).length, 0);
  const answers = new Map<EditRequest, Map<string, Answer>>();
  let done = 0;
  for (const request of requests) {
    const ofRequest = new Map<string, Answer>();
    for (const prompt of promptsOf(request)) {
      throwIfCancelled(signal, 'the evaluation');
      const text = await textEncoder.generate(prompt, { signal });
      const [score] = await scoreAnswers(textEncoder, [{ question: prompt, answer: request.answer }], { signal });
      ofRequest.set(prompt, { text, accuracy: score?.accuracy ?? 0 });
      done += 1;
      onProgress?.({ kind: 'evaluate', done, total });
    }
    answers.set(request, ofRequest);
  }
  return answers;
}

function outcomeOf(request: EditRequest, before: Answers, after: Answers): RequestOutcome {
  const target = (prompt: string): TargetOutcome => {
    const old = before.get(request)?.get(prompt);
    const now = after.get(request)?.get(prompt);
    return {
      prompt,
      before: old?.text ?? '',
      after: now?.text ?? '',
      accuracyBefore: old?.accuracy ?? 0,
      accuracyAfter: now?.accuracy ?? 0,
    };
  };
  return {
    request,
    question: target(request.question),
    paraphrases: (request.paraphrases ?? []).map(target),
    locality: (request.locality ?? []).map((prompt) => {
      const outcome = target(prompt);
      return { prompt, before: outcome.before, after: outcome.after };
    }),
  };
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}
