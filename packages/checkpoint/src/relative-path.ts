import { MokusError } from '@mokus/core';
import { quoteName } from '@mokus/safetensors';

const forbidden = /[\p{Cc}\\:\p{Surrogate}]/u;

/**
 * Checks a path that a caller, or a file from the internet, names inside a checkpoint folder: relative, with `/`, and
 * without a step that could lead out of the folder on any system (`..`, a drive, a backslash, a stream name), and without
 * a control character, which a terminal would obey. Half a character (a lone surrogate) is refused too: neither a disk nor an
 * address can name it.
 *
 * @param namedBy the file in which the path stands, for messages
 * @throws MokusError `checkpoint`
 */
export function checkRelativePath(path: string, namedBy?: string): string {
  const steps = path.split('/');
  const isSafe =
    path.length > 0 &&
    path.length <= 1024 &&
    !forbidden.test(path) &&
    steps.every((step) => step !== '' && step !== '.' && step !== '..');
  if (isSafe) return path;
  throw new MokusError(
    'checkpoint',
    `${namedBy === undefined ? '' : `${namedBy}: `}the path ${quoteName(path)} does not stay inside the folder; ` +
      'paths in a checkpoint are relative, with "/" and without ".." or control characters',
    { file: namedBy ?? path },
  );
}

/** The path of a file in a component's folder; the component `''` is the checkpoint's own folder. */
export function joinPath(component: string, file: string): string {
  return component === '' ? file : `${component}/${file}`;
}
