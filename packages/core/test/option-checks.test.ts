import { expect, it } from 'vitest';
import { requireChoice, requireKnown, requireNaturalPrompt } from '../src/index.js';
import { refusalOf } from '../src/testing/refusal.js';

const check = (options: unknown) =>
  refusalOf(() => requireKnown('generate', options as object, { prompt: 1, seed: 2 }));

it.each([
  ['a prompt alone', 'a cat', 'not a string'],
  ['a list', [{ prompt: 'a cat' }], 'not a list'],
  ['null', null, 'not null'],
  ['nothing', undefined, 'not undefined'],
])('says that options are an object, to whom gives %s', async (_, options, found) => {
  const { code, message } = await check(options);
  expect([code, message]).toEqual(['input', `generate takes one object of options, such as { prompt: ... }, ${found}`]);
});

it('names an option that is not known, and those that are', async () => {
  const { code, message, details } = await check({ prompt: 'a cat', steps: 4 });
  expect([code, details.field]).toEqual(['input', 'steps']);
  expect(message).toBe("generate has no option 'steps'; its options are prompt, seed");
});

it('names a value that is none of the choices, and the choices', async () => {
  expect(() => requireChoice('memit', 'factToken', 'last', ['first', 'last'])).not.toThrow();
  const { code, message, details } = await refusalOf(() =>
    requireChoice('memit', 'factToken', 'Last', ['first', 'last']),
  );
  expect([code, details.field]).toEqual(['input', 'factToken']);
  expect(message).toBe("memit: factToken is 'Last', but must be first or last");
});

it.each(['what is it?', null, 5])('refuses %s as a prompt that answers are filled in for', async (prompt) => {
  const { code, message, details } = await refusalOf(() => requireNaturalPrompt('mine', prompt as string));
  expect([code, details.field]).toEqual(['input', 'naturalPrompt']);
  expect(message).toBe(`mine: naturalPrompt '${prompt}' has no {answer}, which the answer is filled in for`);
});
