import { ultraEditPresets } from './ultra-edit.js';

/** Plain option objects by editor and model. */
export const presets: { readonly ultraEdit: typeof ultraEditPresets } = { ultraEdit: ultraEditPresets };
