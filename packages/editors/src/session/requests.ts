import {
  type EditRequest,
  type EncodedQuestion,
  MokusError,
  type PromptTemplate,
  type Row,
  type TextEncoder,
} from '@mokus/core';

/**
 * The requests as token sequences, in order: what an editor begins with. Throws MokusError naming the request's index:
 * `input` for what is no request, an empty question or answer, `locality` that is no list of texts and two requests that
 * contradict each other, `prompt` for a text that cannot be encoded; `input` for what is no list of requests, or an empty one.
 */
export function encodeRequests(
  encoder: TextEncoder,
  requests: readonly EditRequest[],
  template: PromptTemplate,
): readonly EncodedQuestion[] {
  if (!Array.isArray(requests)) {
    throw new MokusError('input', 'requests are a list: give [{ question, answer }], also for one', {
      field: 'requests',
    });
  }
  if (requests.length === 0) {
    throw new MokusError('input', 'an edit needs at least one request', { field: 'requests' });
  }
  requests.forEach(requireRequest);
  requireConsistent(requests);
  return requests.map(({ question, answer }, request) =>
    namingRequest(request, () => encoder.encodeQuestion(question, answer, { template })),
  );
}

/** The rows whose logits predict the answers, request by request. */
export function answerRowsOf(encoded: readonly EncodedQuestion[]): readonly Row[] {
  return encoded.flatMap(({ answerRows }, sequence) => answerRows.map((position) => ({ sequence, position })));
}

/** Runs `action`; a MokusError from it is thrown again with the request's index. */
export function namingRequest<T>(request: number, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!MokusError.isInstance(error)) throw error;
    throw new MokusError(error.code, `request ${request}: ${error.message}`, {
      ...error.details,
      request,
      cause: error,
    });
  }
}

function requireRequest(request: EditRequest | null | undefined, index: number): void {
  if (request === null || request === undefined) {
    throw new MokusError('input', `request ${index} is ${request}: give { question, answer }`, { request: index });
  }
  requireTexts(request, index);
  // A text alone would be taken for its characters.
  const { locality = [] }: { readonly locality?: unknown } = request;
  if (Array.isArray(locality) && locality.every((prompt) => typeof prompt === 'string')) return;
  throw new MokusError('input', `request ${index}: locality is no list of prompts: give [prompt], also for one`, {
    request: index,
    field: 'locality',
  });
}

function requireTexts(request: EditRequest, index: number): void {
  for (const field of ['question', 'answer'] as const) {
    const text: unknown = request[field];
    if (typeof text === 'string' && text.trim() !== '') continue;
    const found = typeof text === 'string' ? 'an empty' : 'no text as its';
    throw new MokusError('input', `request ${index} has ${found} ${field}: give one in words`, {
      request: index,
      field,
    });
  }
}

function requireConsistent(requests: readonly EditRequest[]): void {
  const firstByQuestion = new Map<string, number>();
  requests.forEach(({ question, answer }, index) => {
    const key = question.trim();
    const first = firstByQuestion.get(key);
    if (first === undefined) {
      firstByQuestion.set(key, index);
    } else if (requests[first]!.answer.trim() !== answer.trim()) {
      throw new MokusError(
        'input',
        `request ${index} contradicts request ${first}: '${key}' cannot be answered with both '${requests[first]!.answer}' and '${answer}' in one edit`,
        { request: index },
      );
    }
  });
}
