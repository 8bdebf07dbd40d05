import { MokusError } from '@mokus/core';

/** The name, when a store may keep a file by it: no folders, nothing that a system takes for something else. */
export function checkPlainName(name: string): string {
  if (/^[\w-][\w.-]*$/.test(name)) return name;
  throw new MokusError('input', `'${name}' is no plain file name: use letters, digits, '.', '-' and '_'`, {
    file: name,
  });
}
