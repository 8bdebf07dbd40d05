/** A part in which everything goes wrong that a soak looks for; MOKUS_MENDED names a case that does not any more. */
import { SoakFinding, type SoakPart } from '../../soak/part.js';

export const part: SoakPart = {
  target: 20,
  patience: 1500,
  warmUp: 2,
  open: async (seed) => ({
    run: async (index) => {
      if (String(index) === process.env.MOKUS_MENDED) return 'fine';
      if (index === 3) process.kill(process.pid, 'SIGKILL');
      if (index === 6) process.exit(7);
      if (index === 9) for (;;) seed += 1;
      if (index === 12) throw new TypeError('no type of ours');
      if (index === 15) throw new SoakFinding('outside', 'read beyond');
      return 'fine';
    },
    dispose: async () => undefined,
  }),
};
