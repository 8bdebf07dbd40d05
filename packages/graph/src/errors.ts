const marker: symbol = Symbol.for('mokus.graph.error');

/** What went wrong while a program was built, differentiated or interpreted. */
export type GraphErrorCode = 'shape' | 'dtype' | 'attribute' | 'graph' | 'input' | 'weight' | 'unsupported';

/**
 * Thrown by everything in this package. The message names the operation, the shapes and dtypes involved, and the mend.
 */
export class GraphError extends Error {
  override readonly name = 'GraphError';
  readonly code: GraphErrorCode;
  /** The operation that refused, where one did. */
  readonly operation: string | undefined;

  constructor(code: GraphErrorCode, message: string, operation?: string) {
    super(operation === undefined ? message : `${operation}: ${message}`);
    this.code = code;
    this.operation = operation;
    Object.defineProperty(this, marker, { value: true });
  }

  /** Like `instanceof`, and also true for an error of another copy of this package. */
  static isInstance(error: unknown): error is GraphError {
    return typeof error === 'object' && error !== null && marker in error;
  }
}
