import {
  type EncodedQuestion,
  isText,
  MokusError,
  type PromptTemplate,
  requireArgument,
  requireTemplate,
  type TokenizedText,
} from '@mokus/core';
import type { ByteLevelTokenizer } from '../tokenizer/byte-level-tokenizer.js';

/** What an image pipeline writes around a prompt. */
export interface PipelineTemplate {
  readonly prefix: string;
  readonly suffix: string;
  /** How many rows the pipeline drops from the front of the hidden states. */
  readonly droppedRows: number;
  /** The pipeline cuts the rows that are left to this many. */
  readonly maxRows: number;
  /** The pipeline cuts a prompt, suffix included, to this many tokens. */
  readonly maxTokens: number;
}

/** QwenImagePipeline of diffusers 0.42.1, which drops 34 rows whatever the tokenizer. */
export const qwenImageTemplate: PipelineTemplate = {
  prefix:
    '<|im_start|>system\nDescribe the image by detailing the color, shape, size, texture, quantity, text, ' +
    'spatial relationships of the objects and background:<|im_end|>\n<|im_start|>user\n',
  suffix: '<|im_end|>\n<|im_start|>assistant\n',
  droppedRows: 34,
  maxRows: 512,
  maxTokens: 1024,
};

const chatTemplate = { prefix: '<|im_start|>user\n', suffix: '<|im_end|>\n<|im_start|>assistant\n' };

/** Puts questions and prompts in their templates and into tokens. */
export class PromptFormatter {
  readonly pipeline: PipelineTemplate;
  /** Rows of the pipeline's suffix. */
  readonly suffixLength: number;
  /** Longest prompt under the pipeline's template, in tokens. */
  readonly maxLength: number;
  readonly #tokenizer: ByteLevelTokenizer;
  readonly #maxSequence: number;

  constructor(tokenizer: ByteLevelTokenizer, pipeline: PipelineTemplate, maxPositions: number) {
    this.pipeline = pipeline;
    this.suffixLength = tokenizer.encode(pipeline.suffix).ids.length;
    this.maxLength = Math.min(maxPositions, pipeline.droppedRows + pipeline.maxRows);
    this.#tokenizer = tokenizer;
    this.#maxSequence = Math.min(maxPositions, pipeline.droppedRows + pipeline.maxTokens);
  }

  /** Throws MokusError `prompt` when the text is too long, `input` for what is no text and a template that does not exist. */
  tokenize(text: string, template: PromptTemplate = 'pipeline'): TokenizedText {
    // The whole text at once: a prompt's first tokens may merge with the template's last.
    const tokenized = this.#tokenizer.encode(this.#format(text, template));
    const count = tokenized.ids.length;
    const { droppedRows, maxRows } = this.pipeline;
    this.#requireLength(count);
    if (template === 'pipeline' && count - droppedRows > maxRows) {
      throw new MokusError(
        'prompt',
        `the prompt is ${count - droppedRows} tokens with the template's suffix; the pipeline cuts it to ${maxRows} and would lose the rows that carry the answer: shorten it by ${count - droppedRows - maxRows} tokens`,
      );
    }
    return tokenized;
  }

  /** Throws MokusError `prompt` for an empty answer or a text that is too long, `input` as {@link tokenize}. */
  encodeQuestion(question: string, answer: string, template: PromptTemplate = 'pipeline'): EncodedQuestion {
    requireText('answer', answer);
    const text = answer.trim();
    // After a chat turn an answer stands at the beginning of a line; after raw text it is the next word.
    const answerIds = text === '' ? [] : this.#tokenizer.encode(template === 'raw' ? ` ${text}` : text).ids;
    if (answerIds.length === 0) {
      throw new MokusError('prompt', `the answer to ${JSON.stringify(question)} is empty: there is nothing to predict`);
    }
    const questionIds = this.tokenize(question, template).ids;
    const ids = [...questionIds, ...answerIds.slice(0, -1)];
    if (questionIds.length === 0) throw new MokusError('prompt', 'a raw question cannot be empty');
    this.#requireLength(ids.length);
    return {
      ids,
      answerIds,
      answerRows: answerIds.map((_, index) => questionIds.length - 1 + index),
      questionLength: questionIds.length,
    };
  }

  #format(text: string, template: PromptTemplate): string {
    requireText('text', text);
    requireTemplate('the text encoder', template);
    if (template === 'raw') return text;
    const { prefix, suffix } = template === 'chat' ? chatTemplate : this.pipeline;
    return prefix + text + suffix;
  }

  #requireLength(count: number): void {
    if (count > this.#maxSequence) {
      throw new MokusError(
        'prompt',
        `the text is ${count} tokens in its template, at most ${this.#maxSequence} fit: shorten it`,
      );
    }
  }
}

function requireText(field: string, text: string): void {
  requireArgument(field, text, isText(text), 'give a text');
}
