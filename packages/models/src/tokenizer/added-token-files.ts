import { type CheckpointFiles, isJsonObject, type Json, type JsonObject } from '@mokus/core';
import type { AddedToken } from './added-tokens.js';
import { TokenizerFields } from './tokenizer-fields.js';

/** The files of a tokenizer's folder that stand beside its vocabulary. */
export interface AddedTokenFiles {
  /** tokenizer_config.json, `{}` where there is none. */
  readonly config: JsonObject;
  /** In order of ids; `id` undefined for one that is named without an id: it means a token of the vocabulary. */
  readonly tokens: readonly NamedToken[];
}

export type NamedToken = Omit<AddedToken, 'id'> & { readonly id: number | undefined };

const specialNames = ['bos_token', 'eos_token', 'unk_token', 'sep_token', 'pad_token', 'cls_token', 'mask_token'];
const specialLists = ['additional_special_tokens', 'extra_special_tokens'];

/**
 * Reads tokenizer_config.json and, where it has no `added_tokens_decoder`, the older special_tokens_map.json and
 * added_tokens.json, as transformers 5.24 does (tokenization_utils_base.py, `_from_pretrained`).
 *
 * @param defaults special tokens that the tokenizer's class has when no file names one
 * @throws MokusError `checkpoint` (not JSON), `config` (malformed), `unsupported` (tokens around every text, a space
 *   before it, special tokens read as text): each by file and field
 */
export async function readAddedTokenFiles(
  files: CheckpointFiles,
  folder: string,
  defaults: (config: JsonObject) => Readonly<Record<string, string>>,
): Promise<AddedTokenFiles> {
  const config = new TokenizerFields(`${files.name}/${folder}tokenizer_config.json`);
  const configJson = await optionalObject(files, `${folder}tokenizer_config.json`);
  refuseWhatIsNotHonoured(configJson, config);
  const decoder = configJson.added_tokens_decoder ?? null;
  if (decoder !== null) {
    const tokens = Object.entries(config.object(decoder, 'added_tokens_decoder')).map(([id, token]) => {
      const field = `added_tokens_decoder["${id}"]`;
      return config.addedToken(token, config.id(Number(id), field), field);
    });
    const special = specialTokens({ ...defaults(configJson), ...configJson }, config);
    return { config: configJson, tokens: withoutRepeats([...byId(tokens), ...special]) };
  }
  const map = new TokenizerFields(`${files.name}/${folder}special_tokens_map.json`);
  const mapJson = await optionalObject(files, `${folder}special_tokens_map.json`);
  const special = specialTokens({ ...defaults(configJson), ...configJson, ...mapJson }, map);
  const added = new TokenizerFields(`${files.name}/${folder}added_tokens.json`);
  const ids = added.ids(await optionalObject(files, `${folder}added_tokens.json`), 'the file');
  const tokens = [...ids].map(([content, id]): AddedToken => {
    const isSpecial = special.some((token) => token.content === content);
    return added.addedToken({ content, special: isSpecial }, id, content);
  });
  return { config: configJson, tokens: withoutRepeats([...byId(tokens), ...special]) };
}

async function optionalObject(files: CheckpointFiles, path: string): Promise<JsonObject> {
  if (!(await files.exists(path))) return {};
  return new TokenizerFields(`${files.name}/${path}`).object(await files.readJson(path), 'the file');
}

function refuseWhatIsNotHonoured(config: JsonObject, fields: TokenizerFields): void {
  for (const field of ['add_bos_token', 'add_eos_token']) {
    if (config[field]) fields.refuse(field, config[field], 'special tokens around a text are the template`s to write');
  }
  if (config.add_prefix_space) fields.refuse('add_prefix_space', config.add_prefix_space, 'set it to false');
  if (config.split_special_tokens) {
    fields.refuse('split_special_tokens', config.split_special_tokens, 'special tokens are always found in text');
  }
}

/** The tokens that stand under names such as `eos_token`, and in lists. */
function specialTokens(entries: JsonObject, fields: TokenizerFields): NamedToken[] {
  const named = specialNames.map((name) => [name, entries[name] ?? null] as const);
  const listed = specialLists.flatMap((name) => {
    const list = entries[name];
    return Array.isArray(list) ? list.map((token: Json) => [name, token] as const) : [];
  });
  return [...named, ...listed]
    .filter(([, token]) => token !== null)
    .map(([name, token]) => {
      const object = isJsonObject(token) ? { normalized: false, ...token } : { content: token, normalized: false };
      return { ...fields.addedToken(object, 0, name), id: undefined };
    });
}

function byId(tokens: readonly AddedToken[]): AddedToken[] {
  return [...tokens].sort((a, b) => a.id - b.id);
}

/** The first of each spelling. */
function withoutRepeats(tokens: readonly NamedToken[]): NamedToken[] {
  const byContent = new Map<string, NamedToken>();
  for (const token of tokens) if (!byContent.has(token.content)) byContent.set(token.content, token);
  return [...byContent.values()];
}
