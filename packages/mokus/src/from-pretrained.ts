import { checkpointFiles, type HubOptions, readDefaults } from '@mokus/checkpoint/node';
import { MokusError, requireKnown } from '@mokus/core';
import type { Container } from 'inversify';
import { type DeviceChoice, type DTypeChoice, openBackends } from './backends.js';
import { CheckpointContext } from './checkpoint-context.js';
import { createContainer } from './container.js';
import { requireDeviceMemory } from './device-memory.js';
import { hubOptions } from './hub-options.js';
import { openCheckpoint } from './open/checkpoint.js';
import { PretrainedPipeline } from './pretrained-pipeline.js';
import { BackendRegistry, DiT, ImageCodec, Scheduler, TextEncoder } from './tokens.js';

/** The hub's options (revision, cacheDir, localFilesOnly, token, ...) matter for a hub id only. */
export interface FromPretrainedOptions extends HubOptions {
  /** Where components come from; a container serves one checkpoint. Default: a new one of {@link createContainer}. */
  readonly container?: Container | undefined;
  /**
   * What components run on: `'cpu'`, `'webgpu'`, `'cuda'`, a name that was added to the {@link BackendRegistry}, or a backend; one
   * for all of them or one for each, `{ dit: 'webgpu', textEncoder: 'cpu' }`. Default: the container's `Backend`, the CPU.
   */
  readonly device?: DeviceChoice | undefined;
  /**
   * What devices that are named compute in: `'f16'` on WebGPU, `'f16'` and `'bf16'` on CUDA; one for all components or one
   * for each, `{ dit: 'f16', textEncoder: 'f32' }`. Default: `'f32'`; on WebGPU `'f16'` where the adapter has it, but for
   * the text encoder, whose edits need f32.
   */
  readonly dtype?: DTypeChoice | undefined;
  /**
   * Roles of the text encoder's linear layers that edits may change: of `q_proj`, `k_proj`, `v_proj`, `o_proj`,
   * `gate_proj`, `up_proj`, `down_proj` in the families of `@mokus/models`. Every site is two inputs of every program of the
   * text encoder, U and V, also while no edit is on it, so name those that edits need and no more; an edit that is loaded
   * needs those that it was made on. Default: the family's own, there gate_proj, up_proj and down_proj.
   */
  readonly siteRoles?: readonly string[] | undefined;
}

const knownOptions: Readonly<Record<keyof FromPretrainedOptions, true>> = {
  device: true,
  dtype: true,
  siteRoles: true,
  container: true,
  ...hubOptions,
};

/**
 * Loads a text-to-image pipeline in diffusers' layout (model_index.json, text_encoder/, tokenizer/, transformer/, vae/,
 * scheduler/) from a folder, or from the hub by its id `owner/name`: then the files that a pipeline needs come into the
 * cache that Python shares, and a folder of that name comes first, as in Python. Weights stay in the files. A file
 * `mokus.json` there may say what `generate` does when a call does not: see {@link readDefaults}.
 *
 * Throws MokusError: `checkpoint` (a file that is missing or broken), `config` (a value that is not honoured),
 * `weight` (a tensor that is missing or of another shape), `unsupported` (a class that is not registered), `input` (a
 * container that already serves another checkpoint, a revision or token that cannot be one, an option, device, dtype,
 * component or role of sites that is unknown), `backend` (a device whose package or driver is missing, with the mend; one
 * without room for the weights of the components that share it, with both numbers), `cancelled`;
 * for a hub id also `access`, `not-found`, `rate-limit`, `network`, `integrity`, `disk` and `offline`: see {@link hubSnapshot}.
 */
export async function fromPretrained(
  source: string | URL,
  options: FromPretrainedOptions = {},
): Promise<PretrainedPipeline> {
  requireKnown('fromPretrained', options, knownOptions);
  const { container = createContainer(), device, dtype, siteRoles, ...hub } = options;
  const { signal, onProgress } = hub;
  if (container.isBound(CheckpointContext)) {
    throw new MokusError('input', 'this container already serves a checkpoint; make another with createContainer()');
  }
  // Before anything is fetched.
  const backends = await openBackends({ device, dtype }, container.get(BackendRegistry));
  const files = checkpointFiles(await openCheckpoint(source, hub));
  const defaults = await readDefaults(files);
  container.bind(CheckpointContext).toConstantValue({ files, backends, siteRoles, signal, onProgress });
  const loaded: { dispose(): Promise<void> }[] = [];
  const keep = <Component extends { dispose(): Promise<void> }>(component: Component): Component => {
    loaded.push(component);
    return component;
  };
  try {
    // One after the other: a mistake in a small file is found before the large ones are touched.
    const scheduler = await container.getAsync(Scheduler);
    await requireDeviceMemory(container, files, backends, { signal });
    const textEncoder = keep(await container.getAsync(TextEncoder));
    requireRoles(textEncoder, siteRoles);
    const imageCodec = keep(await container.getAsync(ImageCodec));
    const dit = keep(await container.getAsync(DiT));
    return new PretrainedPipeline(files.source, { textEncoder, dit, imageCodec, scheduler }, defaults);
  } catch (error) {
    await Promise.allSettled(loaded.map((component) => component.dispose()));
    throw error;
  }
}

/** A text encoder from elsewhere may not know the option: what was asked for is there, or it is said that it is not. */
function requireRoles({ info, sites }: TextEncoder, roles: readonly string[] = []): void {
  const missing = roles.find((role) => !sites.some((site) => site.role === role));
  if (missing === undefined) return;
  const message = `the text encoder ${info.architecture} lists no site of the role "${missing}"; leave it out of siteRoles`;
  throw new MokusError('unsupported', message, { field: 'siteRoles' });
}
