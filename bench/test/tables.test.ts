import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { withTables } from '../tables.js';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

it.each(['../../README.md', '../../packages/emoji-world/README.md', '../../packages/emoji-world/data/README.md'])(
  '%s has the tables of the results',
  (file) => {
    const document = read(file);
    expect(withTables(document, JSON.parse(read('../results/transfer.json')))).toBe(document);
  },
);
