import { editFile, readEdit } from '@mokus/checkpoint';
import {
  type ByteStore,
  type Edit,
  type EditRequest,
  MokusError,
  type ProgressListener,
  type RawImage,
  type TextToImagePipeline,
} from '@mokus/core';
import { memorySource } from '@mokus/safetensors';
import { openCheckpoint, openStore } from './checkpoint.js';
import { editors, objectives } from './editors.js';
import type { EditorName, ObjectiveName } from './names.js';
import { type Device, openBackends, openPipeline } from './pipeline.js';

/** What the model makes of a prompt: what its text encoder answers, and the picture. */
export interface Drawing {
  readonly answer: string;
  readonly image: RawImage;
}

/** `after` is there when an edit acts. */
export interface Comparison {
  readonly before: Drawing;
  readonly after: Drawing | undefined;
}

export interface EditOrder {
  readonly request: EditRequest;
  readonly editor: EditorName;
  readonly objective: ObjectiveName;
}

/** The model, in a worker of its own, with one edit at most. A call that fails leaves it as it was. */
export class Studio {
  #store: ByteStore | undefined;
  #pipeline: TextToImagePipeline | undefined;
  #abort = new AbortController();

  /** Loads the checkpoint that lies beside the page, whose address is given. */
  async load(page: string, device: Device, onProgress: ProgressListener): Promise<void> {
    const options = { signal: this.#start(), onProgress };
    const store = await openStore();
    const files = await openCheckpoint(page, store, options);
    const pipeline = await openPipeline(files, await openBackends(device), options);
    await this.#pipeline?.dispose();
    this.#pipeline = pipeline;
    this.#store = store;
  }

  /** Draws without the edit and with it, from the same noise. */
  async compare(prompt: string, seed: number, onProgress: ProgressListener): Promise<Comparison> {
    const pipeline = this.#loaded();
    const options = { signal: this.#start(), onProgress };
    const draw = async (): Promise<Drawing> => {
      const answer = await pipeline.components.textEncoder.generate(prompt, { signal: options.signal });
      const { images } = await pipeline.generate({ prompt, seed, ...options });
      return { answer, image: images[0] as RawImage };
    };
    const [edit] = pipeline.edits;
    if (edit === undefined) return { before: await draw(), after: undefined };
    await pipeline.revert(edit);
    try {
      return { before: await draw(), after: await pipeline.apply(edit).then(draw) };
    } finally {
      if (pipeline.edits.length === 0) await pipeline.apply(edit);
    }
  }

  /** Makes an edit of the unedited model, and puts it in the place of the one before. */
  async edit({ request, editor, objective }: EditOrder, onProgress: ProgressListener): Promise<void> {
    const pipeline = this.#loaded();
    const options = { signal: this.#start(), onProgress };
    const encoder = pipeline.components.textEncoder;
    await this.#replace(async () => {
      const made = await editors[editor]({ encoder, cache: this.#store as ByteStore, ...options });
      return made.edit(encoder, [request], { objective: objectives[objective](), ...options });
    });
  }

  /** The acting edit's file. */
  async exportEdit(): Promise<Uint8Array> {
    const [edit] = this.#loaded().edits;
    if (edit === undefined) throw new MokusError('edit', 'no edit acts, so there is nothing to export');
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    for await (const chunk of editFile(edit).chunks()) chunks.push(Uint8Array.from(chunk));
    return new Uint8Array(await new Blob(chunks).arrayBuffer());
  }

  /** Lets the edit of a file act, in the place of the one before. The file is trusted in nothing. */
  async importEdit(name: string, bytes: Uint8Array): Promise<readonly EditRequest[]> {
    const baseModel = await this.#loaded().components.textEncoder.fingerprint();
    const edit = await readEdit(memorySource(bytes, name), { baseModel });
    await this.#replace(async () => edit);
    return edit.provenance.requests;
  }

  async revert(): Promise<void> {
    for (const edit of this.#loaded().edits) await this.#loaded().revert(edit);
  }

  /** Ends what is under way with MokusError `cancelled`. */
  cancel(): void {
    this.#abort.abort();
  }

  /** Takes the acting edit away while the next one is made; it comes back when that fails. */
  async #replace(make: () => Promise<Edit>): Promise<void> {
    const pipeline = this.#loaded();
    const [old] = pipeline.edits;
    if (old !== undefined) await pipeline.revert(old);
    try {
      await pipeline.apply(await make());
    } catch (error) {
      if (old !== undefined) await pipeline.apply(old);
      throw error;
    }
  }

  #start(): AbortSignal {
    this.#abort = new AbortController();
    return this.#abort.signal;
  }

  #loaded(): TextToImagePipeline {
    if (this.#pipeline === undefined) throw new MokusError('input', 'load the model first');
    return this.#pipeline;
  }
}
