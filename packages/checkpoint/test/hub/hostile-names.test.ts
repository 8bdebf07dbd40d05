/** Names that become paths: whatever is accepted stays inside the cache, and what is refused is a typed error. */
import { join, sep } from 'node:path';
import { MokusError } from '@mokus/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkRevision } from '../../src/hub/repository.js';
import { blobName, checkRepositoryFile } from '../../src/hub/repository-file.js';
import { hubFileUrl, isRepositoryId } from '../../src/index.js';
import { RepositoryCache } from '../../src/node/hub/cache-layout.js';

const cache = new RepositoryCache(`${sep}cache`, 'owner/name');
const piece = fc.constantFrom(
  '..',
  '.',
  '/',
  '\\',
  'a',
  'model',
  '.json',
  ' ',
  ':',
  '\u0000',
  '\u007f',
  '\u009b',
  '%2e',
  '~',
  '-',
  'é',
  '\ud800',
  '@{',
  '',
);
const nasty = fc.oneof(
  fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
  fc.string(),
);
const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const commit = 'c'.repeat(40);

/** Runs a check; what it refuses must be typed. */
function accepted<Value>(check: () => Value): Value | undefined {
  try {
    return check();
  } catch (error) {
    expect(MokusError.isInstance(error)).toBe(true);
    return undefined;
  }
}

const isInside = (path: string, folder: string): boolean => path.startsWith(`${folder}${sep}`);

it('entries of a listing', () => {
  let kept = 0;
  const entry = fc.record({
    path: fc.oneof(nasty, fc.jsonValue()),
    size: fc.oneof(fc.nat(), fc.double(), fc.jsonValue()),
    blobId: fc.oneof({ weight: 3, arbitrary: hex(40) }, nasty),
    sha256: fc.oneof({ weight: 3, arbitrary: fc.oneof(hex(64), fc.constant(undefined)) }, nasty),
    xetHash: fc.oneof(hex(64), nasty),
  });
  fc.assert(
    fc.property(entry, (value) => {
      const file = accepted(() => checkRepositoryFile(value, 'a hub'));
      if (file === undefined) return;
      kept += 1;
      expect(file.path).not.toMatch(/\p{Cc}/u);
      expect(isInside(cache.blob(file), join(cache.folder, 'blobs'))).toBe(true);
      expect(blobName(file)).toMatch(/^[0-9a-f]{40}([0-9a-f]{24})?$/);
      expect(isInside(join(cache.snapshot(commit), file.path), cache.snapshot(commit))).toBe(true);
    }),
    { numRuns: 2000 },
  );
  // Else the property would say nothing.
  expect(kept).toBeGreaterThan(20);
});

it('ids and revisions', () => {
  const part = fc.string({ unit: fc.constantFrom('a', 'B', '7', '-', '.', '_'), minLength: 1, maxLength: 6 });
  const ids = fc.oneof(
    fc.tuple(part, part).map(([owner, name]) => `${owner}/${name}`),
    nasty,
  );
  let kept = 0;
  fc.assert(
    fc.property(ids, fc.oneof(part, nasty), (id, revision) => {
      const isId = isRepositoryId(id);
      if (isId) expect(isInside(new RepositoryCache(`${sep}cache`, id).folder, `${sep}cache`)).toBe(true);
      const isRevision = accepted(() => checkRevision(revision)) !== undefined;
      if (isRevision) expect(isInside(join(cache.folder, 'refs', revision), join(cache.folder, 'refs'))).toBe(true);
      const url = accepted(() => hubFileUrl(id, 'a #/?%.json', { revision }));
      expect(url !== undefined).toBe(isId && isRevision);
      if (url === undefined) return;
      kept += 1;
      const { origin, pathname, search, hash } = new URL(url);
      expect([origin, search, hash]).toEqual(['https://huggingface.co', '', '']);
      expect(pathname).toBe(`/${id}/resolve/${encodeURIComponent(revision)}/a%20%23/%3F%25.json`);
    }),
    { numRuns: 2000 },
  );
  expect(kept).toBeGreaterThan(20);
});
