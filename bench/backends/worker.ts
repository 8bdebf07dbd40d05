/** A process of the backends' benchmark: node worker.ts PROVIDER PART FOLDER SECONDS [PYTORCH]. Its last line is what it measured, as JSON. */
import { PartialResults } from '../partial-results.js';
import { measureBesidePytorch } from './beside-pytorch.js';
import { measureChain } from './chain.js';
import { measureConformance } from './conformance.js';
import { type FullWidthPart, fullWidthParts, measureFullWidth } from './full-width.js';
import { measurePictures } from './pictures.js';
import { describeAdapter, openInBf16, type ProviderName } from './providers.js';
import { countWeightReuploads } from './uploads.js';

const [name = '', part = '', folder = '', seconds = '', pytorch = ''] = process.argv.slice(2);
const provider = name as ProviderName;
const limit = Number(seconds);

async function measure(): Promise<unknown> {
  if ((fullWidthParts as readonly string[]).includes(part)) return measureFullWidth(provider, part as FullWidthPart);
  switch (part) {
    case 'adapter':
      return describeAdapter();
    case 'besidePytorch':
      return measureBesidePytorch(pytorch, openInBf16(provider));
    case 'chain':
      return measureChain(provider, new PartialResults(folder));
    case 'conformance':
      return measureConformance(provider);
    case 'pictures':
      return measurePictures(provider, new PartialResults(folder));
    case 'weightReuploads':
      return countWeightReuploads(provider);
    default:
      throw new Error(`there is no part '${part}'`);
  }
}

/** The reason why there is no figure, where it would take too long or cannot be had. */
async function tried(): Promise<unknown> {
  const late = new Promise((resolve) => {
    setTimeout(() => resolve({ reason: `took longer than ${limit} s` }), 1000 * limit).unref();
  });
  return Promise.race([late, measure().catch((error: unknown) => ({ reason: String(error) }))]);
}

console.log(JSON.stringify((await tried()) ?? null));
// What took too long still runs.
process.exit(0);
