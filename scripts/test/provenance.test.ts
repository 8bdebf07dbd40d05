/** What `npm run release` asks of package.json files before it publishes anything. */
import { expect, it } from 'vitest';
import { provenanceProblems } from '../lib/provenance.mjs';

const url = 'git+https://example.org/them/mokus.git';
const manifest = (directory: string, changes: object = {}) => ({
  repository: { type: 'git', url, directory, ...changes },
});

it('takes packages that name the one repository and their place in it', () => {
  const all = { 'packages/graph': manifest('packages/graph'), 'packages/core': manifest('packages/core') };
  expect(provenanceProblems(all)).toEqual([]);
});

it.each([
  ['no address', {}],
  ['an address alone', { repository: url }],
  ['no address that npm knows', manifest('packages/graph', { url: 'example.org/them/mokus' })],
  ['another place', manifest('packages/core')],
])('says what to write for %s', (_, wrong) => {
  const [problem, ...others] = provenanceProblems({
    'packages/graph': wrong,
    'packages/core': manifest('packages/core'),
  });
  expect(problem).toMatch(/^packages\/graph\/package.json needs "repository": .*"directory": "packages\/graph"/);
  expect(others).toEqual([]);
});

it('refuses two repositories', () => {
  const other = manifest('packages/graph', { url: 'git+https://example.org/them/other.git' });
  const problems = provenanceProblems({ 'packages/graph': other, 'packages/core': manifest('packages/core') });
  expect(problems).toEqual([expect.stringMatching(/^the packages name 2 repositories: .*other.git/)]);
});
