import { refusalOf } from '@mokus/core/testing';
import { expect, it } from 'vitest';
import { checkpointFiles, memoryFolder, readDefaults } from '../src/index.js';

const filesWith = (text: string): ReturnType<typeof checkpointFiles> =>
  checkpointFiles(memoryFolder('here', new Map([['mokus.json', new TextEncoder().encode(text)]])));

it('reads what generate does by default, and nothing where the file is not there', async () => {
  expect(await readDefaults(filesWith('{"size":64,"steps":16,"guidance":1.5}'))).toEqual({
    size: 64,
    steps: 16,
    guidance: 1.5,
  });
  expect(await readDefaults(checkpointFiles(memoryFolder('here', new Map())))).toEqual({});
});

it.each([
  ['"64"', undefined],
  ['64', undefined],
  ['null', undefined],
  ['[]', undefined],
  ['{"size":"64"}', 'size'],
  ['{"steps":0}', 'steps'],
  ['{"step":16}', 'step'],
  ['{"__proto__":1}', '__proto__'],
])('refuses %s', async (text, field) => {
  const { code, details, message } = await refusalOf(() => readDefaults(filesWith(text)));
  expect([code, details.file, details.field]).toEqual(['config', 'mokus.json', field]);
  expect(message).toMatch(/^here\/mokus\.json/);
});
