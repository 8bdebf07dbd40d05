import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Tokenizer } from '@huggingface/tokenizers';
import { f32Tensor, type HostTensor, MokusError, type RawImage } from '@mokus/core';
import type { ClipModel, Segmenter } from '../knowcus/clip-measures.js';
import { clipPixels } from '../pictures/clip-pixels.js';

/** What is used of onnxruntime-node, or another onnxruntime: `import * as ort from 'onnxruntime-node'`. */
export interface OnnxRuntime {
  readonly InferenceSession: { create(path: string): Promise<OnnxSession> };
  readonly Tensor: new (
    type: 'float32' | 'int64',
    data: Float32Array | BigInt64Array,
    dims: readonly number[],
  ) => unknown;
}

interface OnnxSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  // biome-ignore lint/suspicious/noExplicitAny: tensors are those of the runtime that is given.
  run(feeds: any): Promise<Readonly<Record<string, { readonly dims: readonly number[]; readonly data: unknown }>>>;
}

/**
 * A CLIP from a folder as the hub has it in ONNX: `vision_model.onnx` and `text_model.onnx`, in the folder or in `onnx/`,
 * with tokenizer.json, tokenizer_config.json and preprocessor_config.json beside them. PickScore's is one too. Throws
 * MokusError `checkpoint` naming the file that is missing or is no such file; `backend` for a model that does not run on
 * pixels or tokens, and for outputs that are no embeddings. Texts are cut at `model_max_length` of tokenizer_config.json.
 */
export async function onnxClip(folder: string | URL, runtime: OnnxRuntime): Promise<ClipModel> {
  const root = resolve(folder instanceof URL ? fileURLToPath(folder) : folder);
  const [vision, text] = [await open(root, 'vision_model', runtime), await open(root, 'text_model', runtime)];
  const settings = await json(root, 'tokenizer_config.json');
  const tokenizer = new Tokenizer(await json(root, 'tokenizer.json'), settings);
  const maxTokens = Number(settings.model_max_length ?? 77);
  const { crop_size, image_mean, image_std } = await json(root, 'preprocessor_config.json');
  return {
    size: crop_size?.height ?? crop_size,
    mean: image_mean,
    std: image_std,
    runner: {
      name: root.split(/[\\/]/).at(-1) ?? root,
      embedPictures: async ({ shape, data }) =>
        embeddings(vision, 'image_embeds', { [vision.inputNames[0]!]: new runtime.Tensor('float32', data, shape) }),
      embedTexts: async (texts) => {
        const rows: Float32Array[] = [];
        // One at a time: nothing is padded, so no model's padding need be known.
        for (const each of texts) {
          const ids = BigInt64Array.from(truncated(tokenizer.encode(each).ids, maxTokens), BigInt);
          const tensor = (values: BigInt64Array): unknown => new runtime.Tensor('int64', values, [1, ids.length]);
          const feeds = Object.fromEntries(
            text.inputNames.map((name) => [
              name,
              tensor(name === 'attention_mask' ? new BigInt64Array(ids.length).fill(1n) : ids),
            ]),
          );
          rows.push((await embeddings(text, 'text_embeds', feeds)).data);
        }
        const size = rows[0]?.length ?? 0;
        const all = new Float32Array(rows.length * size);
        for (const [at, row] of rows.entries()) all.set(row, at * size);
        return f32Tensor([rows.length, size], all);
      },
    },
  };
}

/** Cut where the model has no more positions; the end token, which the embedding is read at, stays. */
function truncated(ids: readonly number[], maxTokens: number): readonly number[] {
  return ids.length <= maxTokens ? ids : [...ids.slice(0, maxTokens - 1), ...ids.slice(-1)];
}

export interface OnnxSegmenterOptions {
  /** Pixels of a side that the model takes. Default: 1024 (RMBG-1.4). */
  readonly size?: number | undefined;
  /** Of red, green and blue in [0, 1]. Defaults: RMBG-1.4's. */
  readonly mean?: readonly [number, number, number] | undefined;
  readonly std?: readonly [number, number, number] | undefined;
}

/**
 * A model that says which pixels are foreground, pixels [1, 3, size, size] in and a mask [1, 1, size, size] of 0 to 1 out,
 * as RMBG and BiRefNet are in ONNX. Pictures are square. Throws MokusError as {@link onnxClip}; `input` for a picture that
 * is not square.
 */
export async function onnxSegmenter(
  file: string,
  runtime: OnnxRuntime,
  { size = 1024, mean = [0.5, 0.5, 0.5], std = [1, 1, 1] }: OnnxSegmenterOptions = {},
): Promise<Segmenter> {
  const session = await create(resolve(file), runtime);
  return async (picture: RawImage) => {
    const { width, height } = picture;
    if (width !== height) {
      throw new MokusError('input', `the segmenter takes square pictures, got ${width} x ${height}; crop it`, {
        field: 'picture',
      });
    }
    const { shape, data } = clipPixels(picture, { size, mean, std });
    const results = await session.run({ [session.inputNames[0]!]: new runtime.Tensor('float32', data, shape) });
    const { data: mask } = results[session.outputNames[0]!] ?? {};
    if (!(mask instanceof Float32Array) || mask.length !== size * size) {
      throw new MokusError(
        'backend',
        `${file} gives no mask of ${size} x ${size}; say its size, or take another segmenter`,
        { file },
      );
    }
    return Float32Array.from({ length: width * height }, (_, pixel) => {
      const x = Math.floor((((pixel % width) + 0.5) * size) / width);
      const y = Math.floor(((Math.floor(pixel / width) + 0.5) * size) / height);
      return mask[y * size + x]!;
    });
  };
}

async function open(root: string, name: string, runtime: OnnxRuntime): Promise<OnnxSession> {
  const files = [join(root, 'onnx', `${name}.onnx`), join(root, `${name}.onnx`)];
  const file = files.find((each) => existsSync(each));
  if (file === undefined) {
    const message = `${root} has no ${name}.onnx, and no onnx/${name}.onnx; give a folder with a CLIP in ONNX`;
    throw new MokusError('checkpoint', message, { file: files[1]! });
  }
  return create(file, runtime);
}

async function create(file: string, runtime: OnnxRuntime): Promise<OnnxSession> {
  const session = await runtime.InferenceSession.create(file).catch((cause: unknown) => {
    const message = `${file} cannot be opened as an ONNX model (${String(cause)}); fetch it again, with the weights that lie beside it where it has such`;
    throw new MokusError('checkpoint', message, { file, cause });
  });
  const { inputNames, outputNames } = session;
  return {
    inputNames,
    outputNames,
    run: (feeds) =>
      session.run(feeds).catch((cause: unknown) => {
        const message = `${file} does not run on what this measure feeds it (${String(cause)}); take a model that was exported for it`;
        throw new MokusError('backend', message, { file, cause });
      }),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: files of others, of which a few fields are read.
async function json(root: string, name: string): Promise<any> {
  const file = join(root, name);
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new MokusError('checkpoint', `${file} cannot be read as JSON (${String(cause)}); fetch it again`, {
      file,
      cause,
    });
  }
}

async function embeddings(
  session: OnnxSession,
  name: string,
  feeds: Readonly<Record<string, unknown>>,
): Promise<HostTensor<'f32'>> {
  const results = await session.run(feeds);
  const found = results[session.outputNames.includes(name) ? name : session.outputNames[0]!];
  if (found?.data instanceof Float32Array && found.dims.length === 2) return f32Tensor(found.dims, found.data);
  throw new MokusError(
    'backend',
    `the model gives no ${name} of [rows, dimensions] in f32; it gives ${session.outputNames}: take one that was exported with it`,
  );
}
