import { describeGiven, isJsonObject, MokusError } from '@mokus/core';

/** A hyper-parameter file of EasyEdit, parsed; it knows which of its names were asked for. */
export class Fields {
  private readonly rest: Map<string, unknown>;

  /** Throws MokusError `input` for what is no object: a YAML parser gives null for an empty file. */
  constructor(private readonly values: Readonly<Record<string, unknown>>) {
    if (!isJsonObject(values)) {
      throw new MokusError(
        'input',
        `hyper-parameters are an object of names and values, not ${describeGiven(values)}`,
        {
          field: 'hparams',
        },
      );
    }
    this.rest = new Map(Object.entries(values));
  }

  /** A number; one that YAML 1.1 reads as text (5e-1) as well. `false` and null are as if it were not there. */
  number(name: string): number | undefined {
    const value = this.take(name);
    if (value === undefined || value === null || value === false) return undefined;
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isFinite(number)) throw this.refusal(name, 'a number');
    return number;
  }

  boolean(name: string): boolean | undefined {
    const value = this.take(name);
    if (value === undefined || typeof value === 'boolean') return value;
    throw this.refusal(name, 'true or false');
  }

  text(name: string): string | undefined {
    const value = this.take(name);
    if (value === undefined || typeof value === 'string') return value;
    throw this.refusal(name, 'a text');
  }

  texts(name: string): readonly string[] | undefined {
    const value = this.take(name);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((each): each is string => typeof each === 'string')) return value;
    throw this.refusal(name, 'a list of texts');
  }

  layers(): readonly number[] {
    const value = this.take('layers');
    if (value === undefined) return [];
    const isLayer = (each: unknown): each is number => Number.isInteger(each);
    if (Array.isArray(value) && value.every(isLayer)) return value;
    throw this.refusal('layers', 'a list of whole numbers');
  }

  /** Pairs of whole numbers from 1. */
  pairs(name: string): readonly (readonly [number, number])[] | undefined {
    const value = this.take(name);
    if (value === undefined) return undefined;
    const isPair = (each: unknown): each is readonly [number, number] =>
      Array.isArray(each) && each.length === 2 && each.every((part) => Number.isInteger(part) && part > 0);
    if (Array.isArray(value) && value.every(isPair)) return value;
    throw this.refusal(name, 'a list of pairs of whole numbers, such as [[5, 10], [10, 10]]');
  }

  /** The value that a name stands for. `why` says what the other values of EasyEdit mean, and what to do. */
  choice<T>(name: string, choices: Readonly<Record<string, T>>, why?: string): T | undefined {
    const value = this.take(name);
    if (value === undefined) return undefined;
    const chosen = typeof value === 'string' && Object.hasOwn(choices, value) ? choices[value] : undefined;
    if (chosen === undefined) throw this.refusal(name, reasoned(Object.keys(choices).join(' or '), why));
    return chosen;
  }

  /** Refuses a regulariser that the editor does not have, unless it is off. */
  requireOff(...names: readonly string[]): void {
    for (const name of names) if ((this.number(name) ?? 0) !== 0) throw this.refusal(name, '0: it is not honoured');
  }

  /** Refuses a factor that the editor does not have, unless it is 1. */
  requireOne(name: string, why: string): void {
    if ((this.number(name) ?? 1) !== 1) throw this.refusal(name, reasoned('1', why));
  }

  /** Those of the names that are there; they count as asked for. */
  present(names: readonly string[]): readonly string[] {
    return names.filter((name) => this.rest.delete(name));
  }

  /** Throws MokusError `input` for a name that nobody asked for. */
  requireAllRead(algorithm: string): void {
    const [unknown] = this.rest.keys();
    if (unknown === undefined) return;
    throw new MokusError(
      'input',
      `EasyEdit's ${algorithm} has no hyper-parameter '${unknown}' that is known here; take it out`,
      {
        field: unknown,
      },
    );
  }

  private take(name: string): unknown {
    this.rest.delete(name);
    return this.values[name];
  }

  private refusal(name: string, expected: string): MokusError {
    return new MokusError('input', `${name} is ${JSON.stringify(this.values[name])}, but must be ${expected}`, {
      field: name,
    });
  }
}

function reasoned(expected: string, why: string | undefined): string {
  return why === undefined ? expected : `${expected}: ${why}`;
}
