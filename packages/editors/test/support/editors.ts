import type { Editor, PromptTemplate } from '@mokus/core';
import {
  alphaEdit,
  fineTuning,
  ftL,
  ftM,
  loraTuning,
  memit,
  pmet,
  rome,
  type SiteStatistics,
  ultraEdit,
} from '../../src/index.js';

/**
 * A search that takes all its steps, long ones at the lowest layer: a random model hardly reads the subject's token from
 * the answer's row. The ridge leaves the way to the target free.
 */
const search = {
  sites: ['layers.0.mlp.down_proj'],
  steps: 8,
  learningRate: 2,
  clamp: 20,
  stopLoss: 0,
  contexts: ['Today. {}'],
};
const freely = { ...search, lambda: 0.1, mu: 0 };
const tuning = { learningRate: 3e-2, maxEpochs: 4 };

const notNumbers = [Number.NaN, Number.POSITIVE_INFINITY];
const wrongAdam = { betas: [[0.9], [0.9, 1], [-0.1, 0.999]], epsilon: [0, Number.NaN] };
const wrongTuning = { ...wrongAdam, learningRate: [0, ...notNumbers], maxEpochs: [0, 1.5, Number.NaN] };
const wrongSearch = {
  ...wrongAdam,
  steps: [0, 1.5],
  learningRate: [0, ...notNumbers],
  weightDecay: [-1, Number.NaN],
  clamp: [0, Number.NaN],
  klFactor: [-1],
  stopLoss: [-1],
  contexts: [
    { count: 5, tokens: 10 },
    ['no place for the question'],
    [{ count: 0, tokens: 10 }],
    [{ count: 5, tokens: 1.5 }],
    [{ count: 26, tokens: 1 }],
  ],
  nu: [-1, Number.NaN],
  historyWeight: [-1, Number.NaN],
};

export interface EditorSettings {
  readonly create: (options: object) => Editor;
  /** Least probability of the answer by the answer and by the conditioning objective: half of what was measured. */
  readonly floors: readonly [number, number];
  readonly wrongOptions: Readonly<Record<string, readonly unknown[]>>;
  readonly templates?: readonly PromptTemplate[];
  readonly seed?: string;
  readonly needsSubject?: boolean;
}

/** Every editor, with settings that suit the tiny encoder; `statistics` are those of its down projections. */
export const editorsOf = (statistics: SiteStatistics): Readonly<Record<string, EditorSettings>> => ({
  ultraEdit: {
    create: (options) => ultraEdit({ eta: 0.1, maxTurns: 3, ...options }),
    floors: [0.025, 0.07],
    wrongOptions: {
      eta: [0],
      lambda: [0, -1],
      mu: [Number.NaN],
      nu: [-1],
      historyWeight: [-1],
      maxTurns: [1.5],
      normalisation: ['batch'],
      rows: ['all'],
    },
  },
  fineTuning: {
    create: (options) => fineTuning({ ...tuning, ...options }),
    floors: [0.25, 0.14],
    wrongOptions: wrongTuning,
  },
  ftM: {
    create: (options) => ftM({ ...tuning, learningRate: 0.1, ...options }),
    floors: [0.2, 0.2],
    wrongOptions: wrongTuning,
  },
  ftL: {
    create: (options) => ftL({ ...tuning, learningRate: 0.1, limit: 0.2, ...options }),
    floors: [0.09, 0.09],
    wrongOptions: { ...wrongTuning, limit: [0, Number.NaN] },
  },
  loraTuning: {
    create: (options) => loraTuning({ ...tuning, ...options }),
    floors: [0.28, 0.16],
    wrongOptions: { ...wrongTuning, rank: [0, 1.5], alpha: [0], seed: [-1, 0.5] },
    seed: 'seed',
  },
  memit: {
    create: (options) => memit({ ...freely, ...options }),
    floors: [6e-4, 5e-4],
    wrongOptions: { ...wrongSearch, lambda: [-1], mu: [-1, Number.NaN] },
    needsSubject: true,
  },
  pmet: {
    create: (options) => pmet({ ...freely, learningRate: 1, ...options }),
    floors: [3.5e-4, 3.5e-4],
    wrongOptions: { ...wrongSearch, lambda: [-1], mu: [-1, Number.NaN] },
    needsSubject: true,
  },
  rome: {
    create: (options) => rome({ ...freely, ...options }),
    floors: [8e-4, 5e-4],
    wrongOptions: { ...wrongSearch, lambda: [-1], mu: [-1, Number.NaN] },
    needsSubject: true,
  },
  alphaEdit: {
    create: (options) => alphaEdit({ ...search, lambda: 0.01, nullSpaceThreshold: 0.5, statistics, ...options }),
    floors: [9e-4, 6e-4],
    wrongOptions: { ...wrongSearch, lambda: [0], mu: [-1, Number.NaN], nullSpaceThreshold: [0, Number.NaN] },
    // Its statistics are those of one template.
    templates: [],
    needsSubject: true,
  },
});
