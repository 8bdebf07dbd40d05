import {
  type AlphaEditSettings,
  alphaEdit,
  answerObjective,
  fineTuning,
  ftL,
  ftM,
  loraTuning,
  type MemitSettings,
  memit,
  pmet,
  presets,
  type RomeSettings,
  rome,
  rowsLike,
  ultraEdit,
} from '@mokus/editors';
import type { RetentionEditor } from './retention-editor.js';

const preset = 'smollm2-135m-instruct';
const settingsOf = {
  ultraEdit: presets.ultraEdit[preset],
  fineTuning: presets.fineTuning[preset],
  loraTuning: presets.loraTuning[preset],
  ftL: presets.ftL[preset],
  ftM: presets.ftM[preset],
};
const spread: Readonly<Record<'memit' | 'pmet', MemitSettings>> = {
  memit: presets.memit[preset],
  pmet: presets.pmet[preset],
};
const projected: AlphaEditSettings = presets.alphaEdit[preset];
const rankOne: RomeSettings = presets.rome[preset];

const common = { objective: answerObjective(), mode: 'sequential' } as const;
/** Those that search at the subject count every row of general prompts. */
const searching = { ...common, mostEdits: 100, rows: rowsLike('subjectLast') } as const;

/** In the order in which they are measured: 1,000 edits for the first two. */
export const smollm2Editors: Readonly<Record<string, RetentionEditor>> = {
  ultraEdit: {
    ...common,
    sites: settingsOf.ultraEdit.sites,
    settings: { ...settingsOf.ultraEdit, history: true },
    create: ({ questions, history }) => ultraEdit({ ...settingsOf.ultraEdit, statistics: questions, history }),
  },
  fineTuning: {
    ...common,
    settings: settingsOf.fineTuning,
    create: () => fineTuning(settingsOf.fineTuning),
  },
  memit: {
    ...searching,
    sites: spread.memit.sites,
    settings: { ...spread.memit, history: true },
    create: ({ questions, history }) => memit({ ...spread.memit, statistics: questions, history }),
  },
  alphaEdit: {
    ...searching,
    sites: projected.sites,
    settings: { ...projected, history: true },
    create: ({ questions, history }) => alphaEdit({ ...projected, statistics: questions, history }),
  },
  pmet: {
    ...searching,
    sites: spread.pmet.sites,
    settings: { ...spread.pmet, history: true },
    create: ({ questions, history }) => pmet({ ...spread.pmet, statistics: questions, history }),
  },
  rome: {
    ...searching,
    sites: rankOne.sites,
    settings: { ...rankOne, history: true },
    create: ({ questions, history }) => rome({ ...rankOne, statistics: questions, history }),
  },
  loraTuning: {
    ...common,
    mostEdits: 100,
    settings: settingsOf.loraTuning,
    create: () => loraTuning(settingsOf.loraTuning),
  },
  ftM: { ...common, mostEdits: 100, settings: settingsOf.ftM, create: () => ftM(settingsOf.ftM) },
  ftL: { ...common, mostEdits: 100, settings: settingsOf.ftL, create: () => ftL(settingsOf.ftL) },
};
