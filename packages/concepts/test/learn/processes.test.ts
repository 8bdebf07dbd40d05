/** Learning in processes that are killed, or whose disk is full: what was kept stays whole, and the next one goes on. */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLearning } from '../support/learn-process.js';

let root: string;
/** Where a run that nothing disturbs ends. */
let unbroken: ReturnType<typeof startLearning>['outcome'];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'mokus-learning-'));
  unbroken = startLearning({ folder: join(root, 'whole'), steps: 5 }).outcome;
});
afterAll(() => rm(root, { recursive: true }));

const state = (folder: string): string => join(folder, 'learning.safetensors');

// Starting a process takes a second, and many on a machine that is busy.
describe('learning', { timeout: 300_000 }, () => {
  it('that is killed between two kept states ends, taken up again, where an unbroken run does, bit for bit', async () => {
    const cut = join(root, 'cut');
    const started = startLearning({ folder: cut, steps: 5, stallAt: 3 });
    let isOver = false;
    void started.outcome.then(() => {
      isOver = true;
    });
    // The state of step 2 is whole when step 3 begins; the process then stands still behind step 3.
    while (!isOver && !(await stat(state(cut)).catch(() => undefined))) await new Promise((go) => setTimeout(go, 20));
    await new Promise((go) => setTimeout(go, 500));
    started.process.kill('SIGKILL');
    expect(await started.outcome).toMatchObject({ signal: 'SIGKILL' });
    expect((await readFile(state(cut))).includes('"step":"2"')).toBe(true);
    const resumed = await startLearning({ folder: cut, steps: 5 }).outcome;
    expect(resumed).toMatchObject({ factors: expect.any(Array) });
    expect(resumed).toEqual(await unbroken);
    expect((await readdir(cut)).sort()).toEqual(['learning.safetensors', 'prior-0.safetensors']);
  });

  it('whose disk is full says so and leaves the state of before, from which it goes on', async () => {
    const full = join(root, 'full');
    await startLearning({ folder: full, steps: 2 }).outcome;
    const before = await readFile(state(full));
    const room = Math.floor(before.byteLength / 1024) - 1;
    expect(await startLearning({ folder: full, steps: 5 }, room).outcome).toMatchObject({
      refusal: { code: 'disk', message: expect.stringContaining('has room') },
    });
    expect(await readFile(state(full))).toEqual(before);
    expect(await startLearning({ folder: full, steps: 5 }).outcome).toEqual(await unbroken);
  });
});
