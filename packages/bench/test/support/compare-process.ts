/** A process that is to be killed while it compares: compare-process.ts FOLDER. */
import { compareEditors } from '../../src/index.js';
import { emojiPipeline } from './emoji.js';
import { smallPlan, storeIn } from './small-comparison.js';

const [folder = '.'] = process.argv.slice(2);
const pipeline = await emojiPipeline();
await compareEditors(pipeline, await smallPlan(), { store: await storeIn(folder) });
await pipeline.dispose();
