import { basename, extname } from 'node:path';
import { MokusError } from '@mokus/core';
import { type FromEasyEdit, fromEasyEdit } from '@mokus/editors';
import { parse } from 'yaml';

/** An editor with the settings of a file, under the file's name. */
export interface HparamsFile {
  readonly name: string;
  readonly choice: FromEasyEdit;
  /** What the file says, all of it. */
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * Reads the text of one of EasyEdit's hyper-parameter files, as YAML 1.1, which EasyEdit's own parser reads. Throws
 * MokusError `input` naming the file: for what is no YAML or no mapping, and as `fromEasyEdit` does.
 */
export function readHparams(file: string, text: string): HparamsFile {
  const values = parsed(file, text);
  if (!isMapping(values)) {
    throw new MokusError('input', `${file} holds no hyper-parameters: expected lines of 'name: value'`, { file });
  }
  try {
    return { name: basename(file, extname(file)), choice: fromEasyEdit(values), values };
  } catch (error) {
    if (!MokusError.isInstance(error)) throw error;
    throw new MokusError(error.code, `${file}: ${error.message}`, { ...error.details, file });
  }
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsed(file: string, text: string): unknown {
  try {
    return parse(text, { version: '1.1', prettyErrors: false });
  } catch (cause) {
    const [line = ''] = String(cause instanceof Error ? cause.message : cause).split('\n');
    throw new MokusError('input', `${file} is no YAML (${line.slice(0, 200)}); mend what is said there`, {
      file,
      cause,
    });
  }
}
