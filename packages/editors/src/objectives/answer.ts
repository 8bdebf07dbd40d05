import { type EditObjective, requireKnown, requireNumber, zerosTensor } from '@mokus/core';
import { answerRowsOf } from '../session/requests.js';
import { answerLoss, mean } from './answer-loss.js';

export interface AnswerObjectiveOptions {
  /** A request is satisfied when its cross-entropy is below this. Default: 0.005. */
  readonly stopLoss?: number | undefined;
}

/**
 * Cross-entropy of the answer, what published editors lower. A request's loss is the mean over its answer's tokens, and
 * the loss is the mean over requests, so that a long answer weighs no more than a short one (UltraEdit takes the mean
 * over all answer tokens of the batch: the same wherever answers are equally long, and for a single request).
 *
 * Throws MokusError `input` naming an option that is unknown or out of its range.
 */
export function answerObjective(options: AnswerObjectiveOptions = {}): EditObjective {
  const { stopLoss = 0.005 } = options;
  requireKnown('answerObjective', options, { stopLoss });
  requireNumber('answerObjective', 'stopLoss', stopLoss, { atLeast: 0 });
  return {
    name: 'answer',
    options: { stopLoss },
    async prepare({ encoder, encoded }) {
      const hidden = zerosTensor('f32', [0, encoder.info.hiddenSize]);
      return {
        logitsRows: answerRowsOf(encoded),
        hiddenRows: [],
        evaluate({ logits }) {
          const { losses, cotangent } = answerLoss(encoded, logits);
          const requests = losses.map((loss) => ({ loss, satisfied: loss < stopLoss }));
          return { loss: mean(losses), logits: cotangent, hidden, requests };
        },
      };
    },
  };
}
