import { describeJson, MokusError, type MokusErrorCode } from '@mokus/core';

/** Makes the refusals of one LoRA file; each names the file. */
export class LoraRefusals {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** Something about a tensor. `code` is `adapter` unless it is a kind of adapter that is not supported. */
  tensor(name: string, problem: string, code: MokusErrorCode = 'adapter'): MokusError {
    return new MokusError(code, `${this.#file}: ${describeJson(name)} ${problem}`, { file: this.#file, tensor: name });
  }

  /** Something about a field of the settings that come with the file. */
  field(field: string, problem: string, code: MokusErrorCode = 'adapter'): MokusError {
    return new MokusError(code, `${this.#file}: ${field} of its settings ${problem}`, {
      file: this.#file,
      field,
    });
  }

  file(problem: string): MokusError {
    return new MokusError('adapter', `${this.#file} ${problem}`, { file: this.#file });
  }
}
