/**
 * An objective of one's own: each token of the new answer leads every other token by a margin. It is a plain value of
 * core's EditObjective; no editor knows of it.
 */
import { type EditObjective, f32Tensor, zerosTensor } from '@mokus/core';

/** L = mean over answer rows of max(0, margin - (logit of the answer - largest other logit)). */
export function marginObjective({ margin = 5 }: { readonly margin?: number } = {}): EditObjective {
  return {
    name: 'margin',
    options: { margin },
    async prepare({ encoder, encoded }) {
      const rows = encoded.flatMap(({ answerIds, answerRows }, sequence) =>
        answerRows.map((position, index) => ({ sequence, position, label: answerIds[index] ?? 0 })),
      );
      const { vocabSize, hiddenSize } = encoder.info;
      return {
        logitsRows: rows.map(({ sequence, position }) => ({ sequence, position })),
        hiddenRows: [],
        evaluate({ logits }) {
          const cotangent = new Float32Array(logits.data.length);
          const losses = encoded.map(() => 0);
          rows.forEach(({ sequence, label }, row) => {
            const values = logits.data.subarray(row * vocabSize, (row + 1) * vocabSize);
            const rival = largestBut(values, label);
            const short = margin - ((values[label] ?? 0) - (values[rival] ?? 0));
            if (short <= 0) return;
            losses[sequence] = (losses[sequence] ?? 0) + short / rows.length;
            cotangent[row * vocabSize + label] = -1 / rows.length;
            cotangent[row * vocabSize + rival] = 1 / rows.length;
          });
          return {
            loss: losses.reduce((sum, loss) => sum + loss, 0),
            logits: f32Tensor([rows.length, vocabSize], cotangent),
            hidden: zerosTensor('f32', [0, hiddenSize]),
            requests: losses.map((loss) => ({ loss, satisfied: loss === 0 })),
          };
        },
      };
    },
  };
}

function largestBut(values: Float32Array, label: number): number {
  let best = label === 0 ? 1 : 0;
  values.forEach((value, index) => {
    if (index !== label && value > (values[best] ?? -Infinity)) best = index;
  });
  return best;
}
