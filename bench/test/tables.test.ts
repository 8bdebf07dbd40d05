import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { documents, readReports, withTables } from '../tables.js';

it.each(documents)('%s has the tables of the results', (name) => {
  const document = readFileSync(new URL(name, import.meta.url.replace(/test\/[^/]*$/, '')), 'utf8');
  expect(withTables(document, readReports())).toBe(document);
});
