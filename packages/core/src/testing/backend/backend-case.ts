/** A named check: resolves when the backend is right, rejects with what is wrong. */
export interface BackendCase {
  readonly name: string;
  readonly run: () => Promise<void>;
}
