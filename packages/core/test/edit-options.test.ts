import { expect, it } from 'vitest';
import { type EditObjective, requireEditOptions } from '../src/index.js';
import { refusalOf } from '../src/testing/refusal.js';

const objective: EditObjective = {
  name: 'own',
  options: {},
  prepare: async () => {
    throw new Error('nobody runs it');
  },
};
const factory = () => objective;

it('lets the options of an edit through, one by one and together', () => {
  const all = { objective, template: 'raw', signal: new AbortController().signal, onProgress: () => {} } as const;
  for (const options of [{}, all, { objective: undefined }, { template: 'chat' as const }]) requireEditOptions(options);
});

it.each([
  ['a name that it does not have', { objctive: objective }, 'objctive', /edit has no option 'objctive'; .*objective/],
  ['null', null, undefined, /edit takes one object of options.*not null/],
  ['the name of an objective', { objective: 'answer' }, 'objective', /objective is 'answer', but must be an objective/],
  ['the function that makes one', { objective: factory }, 'objective', /is no objective.*such as answerObjective\(\)/],
  ['a template that does not exist', { template: 'Raw' }, 'template', /is 'Raw', but must be pipeline or chat or raw/],
  ['an objective that is null', { objective: null }, 'objective', /is no objective/],
  ['an empty one', { objective: {} }, 'objective', /is no objective/],
])('refuses %s', async (_, options, field, told) => {
  const { code, message, details } = await refusalOf(() => requireEditOptions(options as never));
  expect([code, details.field]).toEqual(['input', field]);
  expect(message).toMatch(told);
});
