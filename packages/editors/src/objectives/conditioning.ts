import {
  defaultNaturalPrompt,
  type EditObjective,
  type EncodedQuestion,
  type HostTensor,
  MokusError,
  type NaturalPromptOption,
  naturalPromptOf,
  type ObjectiveContext,
  type ObjectiveValue,
  type Row,
  requireChoice,
  requireKnown,
  requireNaturalPrompt,
  requireNumber,
} from '@mokus/core';
import { answerRowsOf, namingRequest } from '../session/requests.js';
import { answerLoss, mean } from './answer-loss.js';
import { cosineDistance } from './cosine.js';

export interface ConditioningObjectiveOptions extends NaturalPromptOption {
  /** a of L = CE + a (1 - cos). Default: 5. */
  readonly weight?: number | undefined;
  /** A request is satisfied when its cross-entropy is below this ... Default: 0.005. */
  readonly stopLoss?: number | undefined;
  /** ... and its mean 1 - cos below this. Default: 0.05. */
  readonly stopCosine?: number | undefined;
  /**
   * The rows compared: 'last', the answer row alone (the last of the template's suffix, which predicts the answer's first
   * token), or 'suffix', all rows of the pipeline template after the prompt. Default: 'last'.
   */
  readonly rows?: 'last' | 'suffix' | undefined;
  /**
   * What is asked of a request whose answer the unedited model gives already (with a probability over one half, the
   * geometric mean over its tokens): to 'move' to the natural state as the others do, or to 'stay' in its own, where it
   * is satisfied by its state alone while that is still so. With 'stay', facts that an edit must not touch can be among
   * its requests. Default: 'move'.
   */
  readonly known?: 'move' | 'stay' | undefined;
  /** A request stays this close to its own state: as stopCosine, of requests that 'stay'. Default: stopCosine. */
  readonly stayCosine?: number | undefined;
  /**
   * What becomes of a request once it is satisfied: 'move', its loss goes on to count, or 'hold', it pulls no further until
   * it is satisfied no longer, while a closed form keeps its keys in place. With many requests, those that are there
   * early go no further than they must. Default: 'move'.
   */
  readonly satisfied?: 'move' | 'hold' | undefined;
}

/** Cross-entropy of an answer that is given: a probability of one half, the geometric mean over its tokens. */
const knownBelow: number = Math.LN2;

/**
 * Aims at what the image model reads: L = CE(answer) + a (1 - cos(s, s*)). s is the tapped hidden state of the question
 * at the rows of the template's suffix, s* what the unedited model has at the same rows, counted from the end, of a
 * prompt that names the new answer plainly. The closed-form edit then moves the conditioning to a state that the image
 * model knows, where the answer objective stops as soon as the next token is right (aligned editing; Mokus's own).
 *
 * The answer's tokens are fed after the question (teacher forcing); the rows compared are those of the question alone.
 * Cross-entropies are means over an answer's tokens, cosine distances means over the rows compared, the loss the mean
 * over requests.
 *
 * With `known: 'stay'` and `satisfied: 'hold'` one call writes many facts and leaves others alone, those among its
 * requests with the answers that they have.
 *
 * Throws MokusError `input` naming an option that is unknown or out of its range, and from an edit for rows 'suffix' under a template other
 * than the pipeline's.
 */
export function conditioningObjective(options: ConditioningObjectiveOptions = {}): EditObjective {
  const {
    weight = 5,
    stopLoss = 0.005,
    stopCosine = 0.05,
    rows = 'last',
    naturalPrompt = defaultNaturalPrompt,
    known = 'move',
    stayCosine = stopCosine,
    satisfied = 'move',
  } = options;
  const owner = 'conditioningObjective';
  const named = { weight, stopLoss, stopCosine, rows, naturalPrompt, known, stayCosine, satisfied };
  requireKnown(owner, options, named);
  requireChoice(owner, 'known', known, ['move', 'stay']);
  requireChoice(owner, 'satisfied', satisfied, ['move', 'hold']);
  requireChoice(owner, 'rows', rows, ['last', 'suffix'] satisfies ConditioningObjectiveOptions['rows'][]);
  requireNumber(owner, 'weight', weight, { above: 0 });
  requireNumber(owner, 'stopLoss', stopLoss, { atLeast: 0 });
  requireNumber(owner, 'stopCosine', stopCosine, { atLeast: 0 });
  requireNumber(owner, 'stayCosine', stayCosine, { atLeast: 0 });
  requireNaturalPrompt(owner, naturalPrompt);
  return {
    name: 'conditioning',
    options: named,
    async prepare(context) {
      const { encoded, requests: asked } = context;
      const count = rows === 'last' ? 1 : suffixLength(context);
      const stays = known === 'stay' ? await knownRequests(context) : asked.map(() => false);
      const prompts = asked.map(({ question, answer }, request) =>
        stays[request] ? question : naturalPromptOf(answer, { naturalPrompt }),
      );
      const natural = await statesOf(context, prompts, count);
      return {
        logitsRows: answerRowsOf(encoded),
        hiddenRows: lastRows(
          encoded.map(({ questionLength }) => questionLength),
          count,
        ),
        evaluate({ logits, hidden }) {
          const answer = answerLoss(encoded, logits);
          const state = stateLoss(hidden, natural, count, weight / encoded.length);
          const requests = answer.losses.map((loss, request) => {
            const distance = state.distances[request]!;
            const [stop, stopDistance] = stays[request] ? [knownBelow, stayCosine] : [stopLoss, stopCosine];
            return { loss: loss + weight * distance, satisfied: loss < stop && distance < stopDistance };
          });
          if (satisfied === 'hold') holdSatisfied(requests, encoded, count, answer.cotangent, state.cotangent);
          return {
            loss: mean(requests.map(({ loss }) => loss)),
            logits: answer.cotangent,
            hidden: state.cotangent,
            requests,
          };
        },
      };
    },
  };
}

/** The last `count` rows of each sequence of the given length. */
function lastRows(lengths: readonly number[], count: number): readonly Row[] {
  return lengths.flatMap((length, sequence) =>
    Array.from({ length: count }, (_, index) => ({ sequence, position: length - count + index })),
  );
}

function suffixLength({ encoder, template }: ObjectiveContext): number {
  if (template === 'pipeline') return encoder.info.suffixLength;
  throw new MokusError(
    'input',
    `conditioningObjective: rows 'suffix' are those of the pipeline's template, but the edit uses '${template}'; use rows 'last'`,
    { field: 'rows' },
  );
}

/** Which requests the model answers already. */
async function knownRequests({ encoder, encoded, signal }: ObjectiveContext): Promise<boolean[]> {
  const batch = encoded.map(({ ids }) => ids);
  const { logits } = await encoder.forward({ batch, logits: answerRowsOf(encoded) }, { signal });
  return answerLoss(encoded, logits).losses.map((loss) => loss < knownBelow);
}

/** The tapped states of one prompt per request at their last rows, f32 [requests * count, hiddenSize]. */
async function statesOf(
  { encoder, template, signal }: ObjectiveContext,
  prompts: readonly string[],
  count: number,
): Promise<HostTensor<'f32'>> {
  const batch = prompts.map((prompt, request) =>
    namingRequest(request, () => encoder.tokenize(prompt, { template }).ids),
  );
  const hidden = lastRows(
    batch.map((ids) => ids.length),
    count,
  );
  return (await encoder.forward({ batch, hidden }, { signal })).hidden;
}

/** Takes what satisfied requests pull out of both cotangents. */
function holdSatisfied(
  requests: ObjectiveValue['requests'],
  encoded: readonly EncodedQuestion[],
  count: number,
  logits: HostTensor<'f32'>,
  hidden: HostTensor<'f32'>,
): void {
  const [vocabSize, hiddenSize] = [logits.shape[1]!, hidden.shape[1]!];
  let row = 0;
  requests.forEach(({ satisfied }, request) => {
    const answerRows = encoded[request]!.answerIds.length;
    if (satisfied) {
      logits.data.fill(0, row * vocabSize, (row + answerRows) * vocabSize);
      hidden.data.fill(0, request * count * hiddenSize, (request + 1) * count * hiddenSize);
    }
    row += answerRows;
  });
}

/** Cosine distances, the mean over each request's rows, and the cotangent of scale * their sum over requests. */
function stateLoss(
  hidden: HostTensor<'f32'>,
  natural: HostTensor<'f32'>,
  count: number,
  scale: number,
): { readonly distances: readonly number[]; readonly cotangent: HostTensor<'f32'> } {
  const [rows, size] = hidden.shape as [number, number];
  const cotangent = new Float32Array(hidden.data.length);
  const distances = new Array<number>(rows / count).fill(0);
  for (let row = 0; row < rows; row++) {
    const start = row * size;
    const { distance, gradient } = cosineDistance(
      hidden.data.subarray(start, start + size),
      natural.data.subarray(start, start + size),
    );
    distances[Math.floor(row / count)]! += distance / count;
    for (let index = 0; index < size; index++) cotangent[start + index] = (scale / count) * gradient[index]!;
  }
  return { distances, cotangent: { ...hidden, data: cotangent } };
}
