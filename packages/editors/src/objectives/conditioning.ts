import {
  type EditObjective,
  type HostTensor,
  MokusError,
  type ObjectiveContext,
  type Row,
  requireKnown,
  requireNumber,
} from '@mokus/core';
import { requireChoice } from '../choices.js';
import { answerRowsOf, namingRequest } from '../session/requests.js';
import { answerLoss, mean } from './answer-loss.js';
import { cosineDistance } from './cosine.js';

export interface ConditioningObjectiveOptions {
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
  /** A prompt that names the answer plainly; {answer} stands for it. Default: 'what is {answer}?'. */
  readonly naturalPrompt?: string | undefined;
}

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
 * Throws MokusError `input` naming an option that is unknown or out of its range, and from an edit for rows 'suffix' under a template other
 * than the pipeline's.
 */
export function conditioningObjective(options: ConditioningObjectiveOptions = {}): EditObjective {
  const {
    weight = 5,
    stopLoss = 0.005,
    stopCosine = 0.05,
    rows = 'last',
    naturalPrompt = 'what is {answer}?',
  } = options;
  const owner = 'conditioningObjective';
  requireKnown(owner, options, { weight, stopLoss, stopCosine, rows, naturalPrompt });
  requireChoice(owner, 'rows', rows, ['last', 'suffix'] satisfies ConditioningObjectiveOptions['rows'][]);
  requireNumber(owner, 'weight', weight, { above: 0 });
  requireNumber(owner, 'stopLoss', stopLoss, { atLeast: 0 });
  requireNumber(owner, 'stopCosine', stopCosine, { atLeast: 0 });
  if (!naturalPrompt.includes('{answer}')) {
    throw new MokusError('input', `${owner}: naturalPrompt '${naturalPrompt}' has no {answer}`, {
      field: 'naturalPrompt',
    });
  }
  return {
    name: 'conditioning',
    options: { weight, stopLoss, stopCosine, rows, naturalPrompt },
    async prepare(context) {
      const { encoded } = context;
      const count = rows === 'last' ? 1 : suffixLength(context);
      const natural = await naturalStates(context, naturalPrompt, count);
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
            return { loss: loss + weight * distance, satisfied: loss < stopLoss && distance < stopCosine };
          });
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

/** The tapped states of the answers' natural prompts at their last rows, f32 [requests * count, hiddenSize]. */
async function naturalStates(
  { encoder, requests, template, signal }: ObjectiveContext,
  naturalPrompt: string,
  count: number,
): Promise<HostTensor<'f32'>> {
  const batch = requests.map(({ answer }, request) =>
    namingRequest(
      request,
      () =>
        encoder.tokenize(
          naturalPrompt.replaceAll('{answer}', () => answer),
          { template },
        ).ids,
    ),
  );
  const hidden = lastRows(
    batch.map((ids) => ids.length),
    count,
  );
  return (await encoder.forward({ batch, hidden }, { signal })).hidden;
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
