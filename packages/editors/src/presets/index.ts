import { alphaEditPresets, memitPresets, pmetPresets, romePresets } from './locate-then-edit.js';
import { fineTuningPresets, ftLPresets, ftMPresets, loraTuningPresets } from './tuning.js';
import { ultraEditPresets } from './ultra-edit.js';

/** Plain option objects by editor and model. */
export const presets: {
  readonly ultraEdit: typeof ultraEditPresets;
  readonly memit: typeof memitPresets;
  readonly pmet: typeof pmetPresets;
  readonly alphaEdit: typeof alphaEditPresets;
  readonly rome: typeof romePresets;
  readonly fineTuning: typeof fineTuningPresets;
  readonly ftM: typeof ftMPresets;
  readonly ftL: typeof ftLPresets;
  readonly loraTuning: typeof loraTuningPresets;
} = {
  ultraEdit: ultraEditPresets,
  memit: memitPresets,
  pmet: pmetPresets,
  alphaEdit: alphaEditPresets,
  rome: romePresets,
  fineTuning: fineTuningPresets,
  ftM: ftMPresets,
  ftL: ftLPresets,
  loraTuning: loraTuningPresets,
};
