import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inspect } from '../../src/index.js';
import { runMokus as run } from '../support/run-mokus.js';
import { tinyFolder } from '../support/tiny-folder.js';

describe('mokus inspect', () => {
  it('prints components, sites and memory', async () => {
    const { out, err, status } = await run('inspect', tinyFolder, '--size', '16', '--tokens=40', '--rank', '2');
    const lines = out.split('\n');
    expect(lines[0]).toMatch(/tiny-qwen-image: QwenImagePipeline$/);
    expect(lines.find((line) => line.startsWith('transformer'))).toMatch(
      /QwenImageTransformer2DModel +77 +192 k +766 kB F32 +71 tensors, 170 k$/,
    );
    expect(lines).toContain('9 edit sites of text_encoder');
    expect(lines).toContain('  layers.{layer}.mlp.down_proj  layers 0-2  [32, 48]');
    expect(lines).toContain('memory: 16 x 16 pixels, 40 tokens, batch 1, LoRA rank 2');
    for (const use of ['generate', 'edit', 'learn']) {
      expect(lines.find((line) => line.startsWith(use))).toMatch(/^\w+ +(?:[\d.]+ (?:B|kB|MB) *){5}$/);
    }
    expect([err, status]).toEqual(['', undefined]);
  });

  it('prints the report as JSON', async () => {
    const { out } = await run('inspect', tinyFolder, '--json');
    expect(JSON.parse(out)).toEqual(await inspect(tinyFolder));
  });

  it('says in one line why a checkpoint is refused, and leaves with 1', async () => {
    const { out, err, status } = await run('inspect', join(tinyFolder, 'nowhere'));
    expect([out, status]).toEqual(['', 1]);
    expect(err).toMatch(/^mokus: .*nowhere is no folder/);
    expect(await run('inspect', tinyFolder, '--rank', 'four')).toMatchObject({ status: 1 });
  });

  it('asks for a checkpoint', async () => {
    const { out, err, status } = await run('inspect', '--json');
    expect([err, status]).toEqual([
      'mokus: Missing required positional argument: CHECKPOINT; `mokus inspect --help` lists what there is',
      1,
    ]);
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'input' } });
  });
});
