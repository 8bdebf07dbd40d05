import { MokusError } from '@mokus/core';

/**
 * What every source of this package asks first: whether a range lies inside its file.
 *
 * @throws MokusError `checkpoint`
 */
export function requireInside(file: string, size: number, offset: number, length: number): void {
  const isWhole = Number.isSafeInteger(offset) && Number.isSafeInteger(length);
  if (isWhole && offset >= 0 && length >= 0 && offset + length <= size) return;
  throw new MokusError(
    'checkpoint',
    `${file} has ${size} bytes, and ${length} from byte ${offset} were asked for; ask for a range inside it`,
    { file },
  );
}
