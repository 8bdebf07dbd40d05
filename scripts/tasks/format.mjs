/** `npm run format -- [FOLDERS]`: Biome's formatter and safe fixes. */
import { bin, run } from '../lib/run.mjs';

export default function format(args) {
  return run(bin('biome'), ['check', '--write', ...args]);
}
