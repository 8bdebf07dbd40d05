import {
  type Cotangents,
  type ForwardRequest,
  type ForwardResult,
  f32Tensor,
  type HostTensor,
  MokusError,
  type Row,
  requireF32,
} from '@mokus/core';
import type { DecoderConfig } from './decoder-config.js';
import { cotangentInputs } from './programs.js';
import type { PaddedBatch } from './token-batch.js';

type Tensors = Readonly<Record<string, HostTensor>>;
type AskedRows = Pick<ForwardRequest, 'logits' | 'hidden'>;
type Cotangent = NonNullable<Cotangents['logits']>;

/** The rows that a program picks logits and hidden states at. */
export function rowInputs(batch: PaddedBatch, { logits = [], hidden = [] }: AskedRows): Tensors {
  return { logitsRows: rowInput(batch, logits), hiddenRows: rowInput(batch, hidden) };
}

/** A program is always fed one row at least: tensors without elements are not portable between devices. */
export function rowInput(batch: PaddedBatch, rows: readonly Row[]): HostTensor<'i32'> {
  return batch.rowIndices(rows.length === 0 ? [{ sequence: 0, position: 0 }] : rows);
}

/** Logits and hidden states at the rows that were asked for. */
export function forwardResult(outputs: Tensors, { logits = [], hidden = [] }: AskedRows): ForwardResult {
  return {
    logits: firstRows(f32Output(outputs, 'logits'), logits.length),
    hidden: firstRows(f32Output(outputs, 'hidden'), hidden.length),
  };
}

export function firstRows(tensor: HostTensor<'f32'>, rows: number): HostTensor<'f32'> {
  const width = tensor.shape[1]!;
  return rows === tensor.shape[0] ? tensor : f32Tensor([rows, width], tensor.data.slice(0, rows * width));
}

export function f32Output(outputs: Tensors, name: string): HostTensor<'f32'> {
  return requireF32(outputs[name]!, name);
}

export function optionalF32(outputs: Tensors, name: string): HostTensor<'f32'> | undefined {
  return name in outputs ? f32Output(outputs, name) : undefined;
}

/**
 * What a program of gradients is fed for the rows asked for; zeros for a part that has no cotangent. Throws MokusError
 * `input` without any, and unless there is one cotangent row for each row.
 */
export function cotangentTensors(
  { logits, hidden }: Cotangents,
  asked: AskedRows,
  { vocabSize, hiddenSize }: Pick<DecoderConfig, 'vocabSize' | 'hiddenSize'>,
): Tensors {
  if (logits === undefined && hidden === undefined) {
    throw new MokusError('input', 'cotangents hold neither logits nor hidden', { field: 'cotangents' });
  }
  return {
    [cotangentInputs.logits]: cotangentTensor('logits', logits, asked.logits, vocabSize),
    [cotangentInputs.hidden]: cotangentTensor('hidden', hidden, asked.hidden, hiddenSize),
  };
}

function cotangentTensor(
  name: string,
  cotangent: Cotangent | undefined,
  asked: readonly Row[] = [],
  width: number,
): HostTensor<'f32'> {
  if (cotangent === undefined || asked.length === 0) {
    const rows = Math.max(1, asked.length);
    return f32Tensor([rows, width], new Float32Array(rows * width));
  }
  const { values } = cotangent;
  if (values.shape.length !== 2 || values.shape[0] !== asked.length || values.shape[1] !== width) {
    const got = `[${values.shape.join(', ')}]`;
    throw new MokusError('input', `the ${name} cotangent is ${got}, expected [${asked.length}, ${width}]`, {
      field: `cotangents.${name}`,
    });
  }
  return values;
}
