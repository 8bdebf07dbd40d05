import { name, version } from '../package.json';

/** This package and its version, for a report's record. */
export const versions: Readonly<Record<string, string>> = { [name]: version };
