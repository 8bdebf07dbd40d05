/** One line swaps the editor, one line the backend, and the fact changes all the same. */
import { expect, it } from 'vitest';
import { answers, variants } from '../swap-editor/variants.js';

it.each(Object.entries(variants))(
  '%s',
  async (_, rebind) => {
    expect(await answers(rebind)).toEqual({ before: 'piano', after: 'guitar' });
  },
  120_000,
);
