import {
  type CastAttributes,
  cast,
  type DType,
  isFloating,
  type Program,
  rewriteProgram,
  type Value,
} from '@mokus/graph';

/** In which type programs that are written in f32 are computed. */
export interface Precision {
  readonly dtype: 'f16' | 'bf16';
  /** Operations that stay in f32, by name. Default: {@link wideOperations}. */
  readonly wide?: ReadonlySet<string> | undefined;
  /**
   * Keeps what differentiation made in f32, on weights of the narrow type that are cast in every run. Of a loss over many
   * tokens a gradient is smaller than what f16 can hold: it comes out as zero. Default: false.
   */
  readonly wideDerivatives?: boolean | undefined;
}

/**
 * Operations whose results would suffer: losses, sums over many numbers, counting (bf16 cannot count past 256), and
 * the rotation of positions, which diffusers computes in f32 too.
 */
export const wideOperations: ReadonlySet<string> = new Set([
  'cosineSimilarity',
  'crossEntropy',
  'fill',
  'iota',
  'log',
  'mse',
  'reduceMean',
  'reduceSum',
  'rotaryEmbedding',
]);

const largestF16 = 65504;

/**
 * A program in f32 as one that computes in a narrower type: weights and operands are of that type, but for those of wide
 * operations and, where that is asked for, of derivatives. Inputs and outputs stay as they were, so that a caller sees no
 * difference but in the digits. Constants beyond the range of f16 become its largest number. A program that is to be
 * computed as written stays as it is.
 */
export function inPrecision(
  program: Program,
  { dtype, wide = wideOperations, wideDerivatives = false }: Precision,
): Program {
  if (program.asWritten) return program;
  const converted = new Map<Value, Map<DType, Value>>();
  const to = (value: Value, wanted: DType): Value => {
    if (!isFloating(value.dtype) || value.dtype === wanted) return value;
    const known = converted.get(value)?.get(wanted);
    if (known !== undefined) return known;
    const made = convert(value, wanted);
    converted.set(value, (converted.get(value) ?? new Map<DType, Value>()).set(wanted, made));
    return made;
  };
  return rewriteProgram(program, {
    weight: (name, value, graph) =>
      graph.weight(name, value.shape as readonly number[], value.dtype === 'f32' ? dtype : value.dtype),
    node(value, operands, graph) {
      const { origin } = value;
      // What is written in another type is meant to be.
      if (origin.kind !== 'node' || !isNarrowed(value)) return graph.copy(value, operands);
      const { operation, attributes, isDerivative } = origin;
      // A derivative compares what the forward pass saw: a maximum in f16 is no element of x in f32.
      const own = isDerivative && wideDerivatives && value.dtype !== 'bool' ? 'f32' : dtype;
      if (operation.name === 'cast') {
        const { dtype: target } = attributes as CastAttributes;
        return cast(operands[0] as Value, target === 'f32' ? own : target);
      }
      const wanted = wide.has(operation.name) ? 'f32' : own;
      return graph.apply(
        operation,
        operands.map((each) => to(each, wanted)),
        attributes,
      );
    },
    output: (value, like) => to(value, like.dtype),
  });
}

/** Whether a node reads or makes f32, and no other floating type. */
function isNarrowed({ dtype, origin }: Value): boolean {
  if (origin.kind !== 'node') return false;
  if (origin.operation.name === 'cast') return true;
  const types = [dtype, ...origin.inputs.map((each) => each.dtype)].filter(isFloating);
  return types.length > 0 && types.every((each) => each === 'f32');
}

function convert(value: Value, dtype: DType): Value {
  const { origin, graph } = value;
  if (origin.kind !== 'constant') return cast(value, dtype);
  const limit = dtype === 'f16' ? largestF16 : Number.POSITIVE_INFINITY;
  const data = Float64Array.from(origin.data, (each) => Math.min(Math.max(each, -limit), limit));
  return graph.constant(dtype, value.shape as readonly number[], data);
}

/**
 * The same program with what has no kernel in its type computed in f32, between two casts. Every value keeps its type.
 * `lacks` is asked for a node's operation and the floating type of its operands, or of its result where it has none.
 */
export function widenProgram(program: Program, lacks: (operation: string, dtype: DType) => boolean): Program {
  return rewriteProgram(program, {
    node(value, operands, graph) {
      const { origin } = value;
      const narrow = operands.map((each) => each.dtype).find(isNarrow);
      if (origin.kind !== 'node' || narrow === undefined || !lacks(origin.operation.name, narrow)) {
        return graph.copy(value, operands);
      }
      const wide = operands.map((each) => (isNarrow(each.dtype) ? cast(each, 'f32') : each));
      const result = graph.apply(origin.operation, wide, origin.attributes);
      return isFloating(result.dtype) ? cast(result, value.dtype) : result;
    },
  });
}

function isNarrow(dtype: DType): boolean {
  return dtype === 'f16' || dtype === 'bf16';
}
