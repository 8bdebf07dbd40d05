/** Bounds that a file must keep, so that a hostile one costs little before it is refused. */
export interface SafetensorsLimits {
  /** Header bytes. Default 100,000,000, as in the reference implementation. */
  readonly maxHeaderBytes: number;
  /** Tensors in a file, and entries in its metadata. Default 1,000,000. */
  readonly maxTensors: number;
  /** Dimensions of a tensor. Default 64. */
  readonly maxRank: number;
  /** Bytes that one `read` may ask a source for. Default 2^32, the longest array of Node 20. */
  readonly maxReadBytes: number;
}

/** The bounds that hold where a caller names none. */
export const DEFAULT_LIMITS: SafetensorsLimits = {
  maxHeaderBytes: 100_000_000,
  maxTensors: 1_000_000,
  maxRank: 64,
  maxReadBytes: 2 ** 32,
};

/** The default bounds with the given ones in their place; a bound that is undefined is not given, never unbounded. */
export function withDefaults(limits: Partial<SafetensorsLimits> | undefined): SafetensorsLimits {
  const given = Object.entries(limits ?? {}).filter(([, limit]) => limit !== undefined);
  return { ...DEFAULT_LIMITS, ...Object.fromEntries(given) };
}
