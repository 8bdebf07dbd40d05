import { name, version } from '../package.json';

/** This package and its version, for an edit's provenance. */
export const versions: Readonly<Record<string, string>> = { [name]: version };
