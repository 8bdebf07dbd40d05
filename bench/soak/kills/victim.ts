/** The process that is killed, started by victims.ts: it loads its job's code, says so, and works when it is told to. */
import { loadJob } from './job.js';
import type { VictimTask } from './victims.js';

process.once('disconnect', () => process.exit(1));
process.once('message', async ({ name, folder, shared }: VictimTask) => {
  const { openJob } = await loadJob(name);
  const job = await openJob(shared);
  process.send?.('ready');
  process.once('message', async () => {
    const started = performance.now();
    const { result } = await job.work(folder);
    process.send?.({ result, milliseconds: performance.now() - started });
  });
});
