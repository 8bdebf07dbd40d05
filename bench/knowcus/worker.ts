/**
 * A process of the KnowCusBench benchmark: node worker.ts INDEX OF FOLDER. Customizes every `of`-th concept by every
 * method; finished cells are in the folder, where an interrupted run goes on. Prints the cells as JSON.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type DrawSettings,
  drawPictures,
  type KnowCusCell,
  type KnowCusConcept,
  type KnowCusPlan,
  runKnowCus,
} from '@mokus/bench';
import { fileCellStore } from '@mokus/bench/node';
import { loadLora, loraFileName, memoryFolder } from '@mokus/checkpoint';
import { saveLora } from '@mokus/checkpoint/node';
import type { CustomizationMethod, Json, RawImage } from '@mokus/core';
import { encodePng, readImage } from 'mokus';
import { seedOf, steps } from '../emoji-world/world.js';
import {
  anchorPrompts,
  edition,
  editionJudge,
  editionSettings,
  learningImages,
  otherPrompts,
  type Prompt,
  references,
  type Seen,
} from './edition.js';
import { type Ablation, ablationMethods, mainMethods } from './methods.js';
import { openMethods } from './open.js';
import { ProcessorMeter } from './processor-meter.js';
import { recallInScene } from './recall.js';

const [index, of, folder = ''] = process.argv.slice(2);
const draw = { steps, batchSize: 24 };
/** Concepts whose cells the ablations are of. */
const ablated = 4;

/** What is measured beside the benchmark's own pictures. A type, not an interface, for it is kept as JSON. */
export type Besides = {
  anchor: { prompt: string; scene: string; seen: Seen }[];
  others: { prompt: string; scene: string; seen: Seen; before: Seen }[];
  /** Bound facts in other words, drawn once each after recall: the other way from the text to the picture. */
  recalled: { prompt: string; scene: string; seen: Seen }[];
  cpuSeconds: ProcessorMeter['seconds'];
};

const opened = await openMethods();
const { pipeline } = opened;
const judge = await editionJudge();
const store = await fileCellStore(folder, { encodePicture: encodePng, decodePicture: readImage });

async function seen(prompts: readonly Prompt[], settings: DrawSettings = draw): Promise<Seen[]> {
  const orders = prompts.map(({ prompt }) => ({ prompt, seed: seedOf(prompt) }));
  return (await drawPictures(pipeline, orders, settings)).map(judge);
}
const recalling: DrawSettings = { ...draw, recall: recallInScene };
const before = await seen(otherPrompts);

const meter = new ProcessorMeter();
const loraFile = ({ name }: KnowCusConcept): string => join(folder, `${name.replaceAll(' ', '-')}.lora.safetensors`);
const parts = {
  ...opened,
  metered: (method: CustomizationMethod) => meter.metered(method),
  lora: async (concept: KnowCusConcept) => {
    const file = loraFile(concept);
    if (!existsSync(file)) throw new Error(`${file} is gone: delete ${folder} and begin anew`);
    const bytes = new Uint8Array(readFileSync(file));
    return loadLora(memoryFolder(file, new Map([[loraFileName, bytes]])), { sites: pipeline.components.dit.sites });
  },
};

function besidesOf(others: readonly Prompt[]): NonNullable<KnowCusPlan['besides']> {
  return {
    name: JSON.stringify({ ...editionSettings, others: others.length, recalled: 'facts in other words' }),
    measure: async (concept) => {
      const anchor = anchorPrompts(concept);
      const ofAnchor = await seen(anchor);
      const ofOthers = await seen(others);
      const restated = concept.prompts
        .filter(({ unedited }) => unedited)
        .map(({ prompt, scene = 'white' }) => ({ prompt, scene }));
      const ofRestated = await seen(restated, recalling);
      const result: Besides = {
        anchor: anchor.map((each, at) => ({ ...each, seen: ofAnchor[at]! })),
        others: others.map((each, at) => ({
          ...each,
          seen: ofOthers[at]!,
          before: before[otherPrompts.indexOf(each)]!,
        })),
        recalled: restated.map((each, at) => ({ ...each, seen: ofRestated[at]! })),
        cpuSeconds: meter.seconds,
      };
      return result as unknown as Json;
    },
  };
}

const plan = {
  images: learningImages,
  references,
  draw,
  judge: { name: 'nearest picture, whole and masked', judge: (picture: RawImage): Json => judge(picture) },
};
const cells: { readonly methods: string; readonly cells: readonly KnowCusCell[] }[] = [];
const own = (some: readonly KnowCusConcept[]): readonly KnowCusConcept[] =>
  some.filter((_, at) => at % Number(of) === Number(index));
const say = (event: { readonly kind: string }): void => {
  if (event.kind === 'compare') console.error(`${new Date().toISOString().slice(11, 19)} ${JSON.stringify(event)}`);
};

for (const concept of own(edition)) {
  const main = await runKnowCus(
    pipeline,
    {
      ...plan,
      methods: mainMethods(parts),
      concepts: [concept],
      shown: 1,
      besides: besidesOf(otherPrompts),
      onCustomized: async (_, { lora, card }) => {
        if (card.method === 'moKus' && lora !== undefined) await saveLora(loraFile(concept), lora);
      },
    },
    { store, onProgress: say },
  );
  cells.push({ methods: 'main', cells: main });
}

const fewer = otherPrompts.filter((_, at) => at % 3 === 0);
const ablations = ablationMethods(parts);
const isRecall = ({ varied }: Ablation): boolean => varied.recall === true;
for (const concept of own(edition.slice(0, ablated))) {
  for (const recall of [false, true]) {
    const measured = await runKnowCus(
      pipeline,
      {
        ...plan,
        draw: recall ? recalling : draw,
        methods: ablations.filter((each) => isRecall(each) === recall),
        concepts: [concept],
        seeds: [0],
        besides: besidesOf(fewer),
      },
      { store, onProgress: say },
    );
    cells.push({ methods: 'ablations', cells: measured });
  }
}
await pipeline.dispose();
console.log(JSON.stringify(cells));
