import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeJson, type Json, MokusError } from '@mokus/core';

/**
 * An absolute path, from one that may be relative to the working directory, or a file URL.
 *
 * @throws MokusError `input`: another URL, or what is no path at all
 */
export function localPath(path: string | URL): string {
  if (typeof path === 'string') return resolve(path);
  const refuse = (found: string, cause?: unknown): MokusError =>
    new MokusError('input', `a path is a text or a file: URL, not ${found}; give where on this machine it is`, {
      field: 'path',
      cause,
    });
  if (!(path instanceof URL)) throw refuse(describeJson(path as Json | undefined));
  try {
    return resolve(fileURLToPath(path));
  } catch (cause) {
    // The rest of it may hold a password.
    throw refuse(path.protocol === 'file:' ? 'one that leads to another machine' : `a URL of ${path.protocol}`, cause);
  }
}
