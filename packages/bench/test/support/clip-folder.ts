import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const fixture = new URL('../fixtures/clip/', import.meta.url);

/** Gives the fixture's ids [0, 5, 9, 31] for "guitar red", [0, 7, 2, 31] for "piano two". */
const tokenizer = {
  version: '1.0',
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: { type: 'Whitespace' },
  post_processor: {
    type: 'TemplateProcessing',
    single: [
      { SpecialToken: { id: '<s>', type_id: 0 } },
      { Sequence: { id: 'A', type_id: 0 } },
      { SpecialToken: { id: '</s>', type_id: 0 } },
    ],
    pair: [],
    special_tokens: {
      '<s>': { id: '<s>', ids: [0], tokens: ['<s>'] },
      '</s>': { id: '</s>', ids: [31], tokens: ['</s>'] },
    },
  },
  decoder: null,
  model: {
    type: 'WordPiece',
    unk_token: '<unk>',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: { '<s>': 0, '<unk>': 1, two: 2, guitar: 5, piano: 7, red: 9, '</s>': 31 },
  },
};

/** Writes the tiny random CLIP of tools/clip into a folder, laid out as the hub has CLIP in ONNX. */
export async function writeClipFolder(folder: string): Promise<void> {
  await mkdir(join(folder, 'onnx'), { recursive: true });
  await cp(new URL('pictures.onnx', fixture), join(folder, 'onnx', 'vision_model.onnx'));
  await cp(new URL('texts.onnx', fixture), join(folder, 'onnx', 'text_model.onnx'));
  const { size } = JSON.parse(await readFile(new URL('expected.json', fixture), 'utf8'));
  const preprocessing = { crop_size: { height: size, width: size } };
  await writeFile(join(folder, 'preprocessor_config.json'), JSON.stringify(preprocessing));
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
  // Its text model takes four tokens.
  await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify({ model_max_length: 4 }));
}
