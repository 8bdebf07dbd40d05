/** `npm run build`: dist/ of every package that changed, ESM and declarations. */
import { ensureBuilt } from '../lib/build.mjs';

export default async function build() {
  await ensureBuilt('full');
  console.log('every package is built');
}
