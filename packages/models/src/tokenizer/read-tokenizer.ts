import { type CheckpointFiles, describeJson, type Json, type JsonObject, MokusError } from '@mokus/core';
import { type AddedTokenFiles, readAddedTokenFiles } from './added-token-files.js';
import type { AddedToken } from './added-tokens.js';
import { ByteLevelTokenizer } from './byte-level-tokenizer.js';
import { TokenizerFields } from './tokenizer-fields.js';
import { parseMerges, vocabularyClass } from './vocabulary-files.js';

/**
 * Reads the tokenizer of a folder: tokenizer.json, or else vocab.json and merges.txt with the pre-tokenizer of the class
 * that tokenizer_config.json names (Qwen2Tokenizer when it names none). Added tokens stand in these, in
 * tokenizer_config.json (`added_tokens_decoder`) or in added_tokens.json and special_tokens_map.json; they keep the ids
 * that the files give them. A special token that no file gives an id is not looked for in text. Flags are those of the
 * files (Qwen2Tokenizer of transformers 5.24 drops the stripping flags of `eos_token` and its like).
 *
 * @param folder such as `tokenizer`; `''` for the checkpoint's own
 * @throws MokusError `checkpoint` (missing, or not JSON), `config` (malformed, or files that contradict each other),
 *   `unsupported` (a component that is not computed as Python computes it): each by file and field
 */
export async function readTokenizer(files: CheckpointFiles, folder: string): Promise<ByteLevelTokenizer> {
  const prefix = folder === '' ? '' : `${folder}/`;
  const jsonPath = `${prefix}tokenizer.json`;
  if (await files.exists(jsonPath)) {
    const file = `${files.name}/${jsonPath}`;
    const json = await files.readJson(jsonPath);
    const beside = await readAddedTokenFiles(files, prefix, () => ({}));
    return new ByteLevelTokenizer(withTokensBeside(json, beside, file), file);
  }
  return readVocabularyFiles(files, prefix);
}

async function readVocabularyFiles(files: CheckpointFiles, prefix: string): Promise<ByteLevelTokenizer> {
  for (const name of ['vocab.json', 'merges.txt']) {
    if (await files.exists(prefix + name)) continue;
    throw new MokusError(
      'checkpoint',
      `${files.name}/${prefix}tokenizer.json does not exist, and there is no ${name} in its place; ` +
        'download the tokenizer again, or save it as tokenizer.json',
      { file: prefix + name },
    );
  }
  const file = `${files.name}/${prefix}vocab.json`;
  const beside = await readAddedTokenFiles(
    files,
    prefix,
    (config) => vocabularyClass(config, `${files.name}/${prefix}tokenizer_config.json`).specialTokens,
  );
  const { normalizer, preTokenizer } = vocabularyClass(beside.config, file);
  const vocab = await files.readJson(`${prefix}vocab.json`);
  const merges = parseMerges(await files.readText(`${prefix}merges.txt`), `${files.name}/${prefix}merges.txt`);
  const json = {
    model: { type: 'BPE', vocab, merges },
    normalizer,
    pre_tokenizer: preTokenizer,
    decoder: { type: 'ByteLevel' },
    added_tokens: [],
  };
  return new ByteLevelTokenizer(withTokensBeside(json, beside, file), file);
}

/** A tokenizer.json with the tokens of the files beside it, whose flags count where both have a token. */
function withTokensBeside(json: Json, { tokens }: AddedTokenFiles, file: string): Json {
  const fields = new TokenizerFields(file);
  const root = fields.object(json, 'the file');
  const vocab = fields.object(fields.object(root.model, 'model').vocab, 'model.vocab');
  const added = new Map<string, Json>();
  const idOf = new Map<string, number>();
  for (const [index, entry] of fields.list(root.added_tokens ?? [], 'added_tokens').entries()) {
    const token = fields.object(entry, `added_tokens[${index}]`);
    const { content } = fields.addedToken(token, 0, `added_tokens[${index}]`);
    added.set(content, token);
    idOf.set(content, fields.id(token.id, `added_tokens[${index}].id`));
  }
  for (const token of tokens) {
    const { content } = token;
    const known = idOf.get(content) ?? own(vocab, content);
    const id = token.id ?? known;
    if (id === undefined) continue;
    if (known !== undefined && known !== id) {
      fields.malformed(
        `added_tokens ${describeJson(content)}`,
        `is token ${describeJson(known)} here and ${id} beside it`,
      );
    }
    if (token.id === undefined && idOf.has(content)) continue;
    added.set(content, addedTokenJson({ ...token, id: fields.id(id, content) }));
  }
  return { ...root, added_tokens: [...added.values()] };
}

function own(vocab: JsonObject, token: string): Json | undefined {
  return Object.hasOwn(vocab, token) ? vocab[token] : undefined;
}

function addedTokenJson({ id, content, singleWord, lstrip, rstrip, normalized }: AddedToken): Json {
  return { id, content, single_word: singleWord, lstrip, rstrip, normalized };
}
