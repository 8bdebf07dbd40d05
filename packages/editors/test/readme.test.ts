/** The README has every hyper-parameter that editors and objectives take. */
import { readFile } from 'node:fs/promises';
import { refusalOf } from '@mokus/core/testing';
import { expect, it } from 'vitest';
import { answerObjective, conditioningObjective, SiteStatistics } from '../src/index.js';
import { editorsOf } from './support/editors.js';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
const statistics = new SiteStatistics({ baseModel: 'any', template: 'pipeline', moments: new Map() });

it.each<[string, (options: object) => unknown]>([
  ...Object.entries(editorsOf(statistics)).map(([name, { create }]) => [name, create] as [string, typeof create]),
  ['answerObjective', answerObjective],
  ['conditioningObjective', conditioningObjective],
])('of %s', async (name, create) => {
  const { message } = await refusalOf(async () => create({ noSuchOption: 1 }));
  const [, options = ''] = message.match(/its options are (.+)$/) ?? [];
  const missing = options.split(', ').filter((option) => !readme.includes(`\`${option}\``));
  expect([options === '', missing, readme.includes(name)]).toEqual([false, [], true]);
});
