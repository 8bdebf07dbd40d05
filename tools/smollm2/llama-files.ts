/** config.json, generation_config.json, tokenizer.json and tokenizer_config.json, from the metadata of a GGUF file. */
import type { Gguf, GgufValue } from './gguf.js';

/** llama.cpp's type of a token that stands for itself. */
const controlToken = 3;

/** Reads metadata; throws for a key that is missing or of another kind. */
class Metadata {
  readonly #values: ReadonlyMap<string, GgufValue>;

  constructor({ metadata }: Gguf) {
    this.#values = metadata;
  }

  number(key: string): number {
    const value = this.#values.get(key);
    return typeof value === 'number' ? value : this.#refuse(key, 'a number');
  }

  text(key: string): string {
    const value = this.#values.get(key);
    return typeof value === 'string' ? value : this.#refuse(key, 'a text');
  }

  list<Item extends GgufValue>(key: string, isItem: (value: GgufValue) => value is Item): readonly Item[] {
    const value = this.#values.get(key);
    if (!Array.isArray(value)) return this.#refuse(key, 'a list');
    return value.map((item: GgufValue) => (isItem(item) ? item : this.#refuse(key, 'a list of one kind')));
  }

  #refuse(key: string, expected: string): never {
    throw new Error(`the metadata ${key} is not ${expected}`);
  }
}

const isText = (value: GgufValue): value is string => typeof value === 'string';
const isNumber = (value: GgufValue): value is number => typeof value === 'number';

/** The JSON files of the folder by name. Throws for a model that is not a Llama with SmolLM's tokenizer. */
export function llamaFiles(gguf: Gguf): Readonly<Record<string, object>> {
  const metadata = new Metadata(gguf);
  for (const [key, expected] of [
    ['general.architecture', 'llama'],
    ['tokenizer.ggml.model', 'gpt2'],
    ['tokenizer.ggml.pre', 'smollm'],
  ] as const) {
    const found = metadata.text(key);
    if (found !== expected) throw new Error(`${key} is ${found}; only ${expected} is converted here`);
  }
  const tokens = metadata.list('tokenizer.ggml.tokens', isText);
  const ends = { bos: 'tokenizer.ggml.bos_token_id', eos: 'tokenizer.ggml.eos_token_id' };
  const ids = { bos_token_id: metadata.number(ends.bos), eos_token_id: metadata.number(ends.eos) };
  return {
    'config.json': { ...llamaConfig(metadata, tokens.length, !gguf.tensors.has('output.weight')), ...ids },
    'generation_config.json': { ...ids, pad_token_id: ids.eos_token_id },
    'tokenizer.json': tokenizer(metadata, tokens),
    'tokenizer_config.json': {
      tokenizer_class: 'PreTrainedTokenizerFast',
      bos_token: tokens[ids.bos_token_id],
      eos_token: tokens[ids.eos_token_id],
      pad_token: tokens[ids.eos_token_id],
      clean_up_tokenization_spaces: false,
      model_max_length: metadata.number('llama.context_length'),
      chat_template: metadata.text('tokenizer.chat_template'),
    },
  };
}

function llamaConfig(metadata: Metadata, vocabSize: number, tied: boolean): object {
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    torch_dtype: 'float32',
    vocab_size: vocabSize,
    hidden_size: metadata.number('llama.embedding_length'),
    intermediate_size: metadata.number('llama.feed_forward_length'),
    num_hidden_layers: metadata.number('llama.block_count'),
    num_attention_heads: metadata.number('llama.attention.head_count'),
    num_key_value_heads: metadata.number('llama.attention.head_count_kv'),
    max_position_embeddings: metadata.number('llama.context_length'),
    // Written as f32: 1e-5 comes back as 9.999999747378752e-06.
    rms_norm_eps: Number(metadata.number('llama.attention.layer_norm_rms_epsilon').toPrecision(6)),
    rope_theta: metadata.number('llama.rope.freq_base'),
    rope_scaling: null,
    hidden_act: 'silu',
    attention_bias: false,
    mlp_bias: false,
    tie_word_embeddings: tied,
  };
}

/** Byte-level BPE; SmolLM splits digits off one by one before GPT-2's pattern. */
function tokenizer(metadata: Metadata, tokens: readonly string[]): object {
  const types = metadata.list('tokenizer.ggml.token_type', isNumber);
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: tokens.flatMap((content, id) => (types[id] === controlToken ? [{ id, content, ...flags }] : [])),
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Digits', individual_digits: true },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      ],
    },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: metadata.list('tokenizer.ggml.merges', isText),
    },
  };
}
