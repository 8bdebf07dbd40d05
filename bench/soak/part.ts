/**
 * What a soak is made of: parts, each of numbered cases. A case depends on the seed and its number alone, so that one that
 * went wrong can be had again, and a soak that was stopped goes on where it was.
 */
import { Random } from '../../packages/safetensors/test/support/mutate.js';

export interface SoakPart {
  /** Cases of a whole soak. */
  readonly target: number;
  /** Milliseconds after which a case hangs: a hundred times what one takes on a busy machine. */
  readonly patience: number;
  /** Cases after which memory counts: what is made once has been made. */
  readonly warmUp: number;
  readonly open: (seed: number) => Promise<OpenPart>;
}

export interface OpenPart {
  /**
   * Runs a case and names what became of it. Throws {@link SoakFinding} for what must not happen; everything else that
   * it throws is an error without a type.
   */
  readonly run: (index: number) => Promise<string>;
  readonly dispose: () => Promise<void>;
}

/** `crash`, `hang`: of the process. `untyped`: an error that is none of ours. `outside`: a read outside of file or folder. */
export type FindingKind = 'crash' | 'hang' | 'untyped' | 'outside' | 'changed' | 'half-taken' | 'lost';

/** What must not happen. */
export class SoakFinding extends Error {
  readonly kind: FindingKind;

  constructor(kind: FindingKind, message: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}

/** The generator of one case. */
export function caseRandom(seed: number, index: number): Random {
  return new Random(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b));
}

export const parts = ['files', 'folders', 'cycles', 'kills'] as const;
export type PartName = (typeof parts)[number];

/** The module of a part; it exports `part`. */
export function partModule(name: PartName): URL {
  const file = { files: 'files.ts', folders: 'folders/part.ts', cycles: 'cycles.ts', kills: 'kills/part.ts' }[name];
  return new URL(file, import.meta.url);
}

export async function loadPart(module: URL): Promise<SoakPart> {
  const { part } = (await import(module.href)) as { readonly part: SoakPart };
  return part;
}
