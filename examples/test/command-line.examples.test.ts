/** Ctrl-C at a real `mokus` process: what was learned so far is kept, and the same command goes on. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { fileSource } from '@mokus/checkpoint/node';
import { pictureSheet } from '@mokus/emoji-world';
import { openSafetensors } from '@mokus/safetensors';
import { afterAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'mokus-command-'));
afterAll(() => rmSync(folder, { recursive: true }));

const command = fileURLToPath(new URL('../../packages/mokus/dist/cli.js', import.meta.url));
const out = join(folder, 'lora');
const state = join(`${out}.learning`, 'learning.safetensors');
const args = ['learn', '--anchor', '<v0>', '--prior', 'none', '--batch', '1', '--out', out];
const pictures = ['--pictures', fileURLToPath(pictureSheet.file), '--size', '64'];

function mokus(...more: string[]): { stop: () => void; ended: Promise<{ status: number | null; err: string }> } {
  const child = spawn(process.execPath, [command, ...args, ...pictures, ...more], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let err = '';
  child.stderr.on('data', (chunk) => {
    err += String(chunk);
  });
  const ended = new Promise<{ status: number | null; err: string }>((resolve) => {
    child.on('close', (status) => resolve({ status, err }));
  });
  return { stop: () => child.kill('SIGINT'), ended };
}

it('Ctrl-C keeps the state of learning, from which the same command goes on', async () => {
  const first = mokus('--steps', '100000');
  const gone = first.ended.then(() => true);
  // The state is first kept after 100 steps.
  while (!existsSync(state)) if (await Promise.race([gone, wait(50)])) break;
  first.stop();
  const { status, err } = await first.ended;
  expect([status, err.trim().split('\n').length]).toEqual([130, 1]);
  expect(err).toMatch(/^mokus: learning a concept was cancelled; the same command goes on from here/);
  const { metadata } = await openSafetensors(await fileSource(state));
  const kept = Number(metadata.step);
  expect(kept).toBeGreaterThanOrEqual(100);

  const second = await mokus('--steps', String(kept + 1)).ended;
  expect(second).toEqual({ status: 0, err: '' });
  expect(existsSync(join(out, 'pytorch_lora_weights.safetensors'))).toBe(true);
  expect(existsSync(state)).toBe(false);
}, 120_000);
