import type { DType, Program } from '@mokus/graph';
import type { HostTensor, Tensor } from './tensor.js';
import type { StorageDType, WeightStore } from './weights.js';

export interface BackendCapabilities {
  readonly device: string;
  /** Floating types that programs may compute in. */
  readonly compute: readonly DType[];
  /** Storage types that weights may be in; the backend casts to the type a program asks for. */
  readonly storage: readonly StorageDType[];
}

export interface LoadOptions {
  readonly signal?: AbortSignal | undefined;
  /** For messages: 'text encoder', 'transformer'. */
  readonly component?: string | undefined;
}

export interface RunProgramOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Executes tensor programs. A backend is a value that is passed in; the conformance kit `testBackend`
 * (`@mokus/core/testing`) says whether one is right.
 */
export interface Backend {
  readonly name: string;
  capabilities(): BackendCapabilities;
  /**
   * Bytes that are free for weights on the device now; undefined where nothing says so. Whoever loads several components
   * onto one device asks before the first. Absent where memory is the host's.
   */
  availableBytes?(): number | undefined;
  /**
   * Puts a component's weights where the device wants them, once, for all `programs`. Throws MokusError: `weight` for
   * one that is missing or of another shape, `unsupported` (naming operation, dtype and backend) for what it cannot
   * run, before anything runs.
   */
  load(weights: WeightStore, programs: Readonly<Record<string, Program>>, options?: LoadOptions): Promise<Module>;
}

/** A component's programs over one set of resident weights. */
export interface Module {
  readonly programs: readonly string[];
  /**
   * Runs a program: every declared input, every declared output. Throws MokusError `input` (a tensor that is missing,
   * unknown or of the wrong shape or dtype), `disposed` after {@link dispose}.
   */
  run(
    program: string,
    inputs: Readonly<Record<string, Tensor>>,
    options?: RunProgramOptions,
  ): Promise<Record<string, HostTensor>>;
  /** As {@link run}, with the results left on the device where the backend has one; the caller disposes them. */
  runOnDevice?(
    program: string,
    inputs: Readonly<Record<string, Tensor>>,
    options?: RunProgramOptions,
  ): Promise<Record<string, Tensor>>;
  /**
   * Puts tensors on the device, for runs of this module that are fed the same ones again and again; the caller disposes
   * what comes back. A tensor that the device does not hold comes back as it is. Absent where there is no such device.
   */
  place?(tensors: Readonly<Record<string, HostTensor>>): Promise<Record<string, Tensor>>;
  /** Makes more programs available. May reload the weights; what was loaded before keeps working. */
  add(programs: Readonly<Record<string, Program>>, options?: LoadOptions): Promise<void>;
  /**
   * Frees the weights once what runs has ended, and keeps the programs: the next {@link run} or {@link add} loads them
   * again and computes the same. Throws MokusError `disposed`.
   */
  release(): Promise<void>;
  /** Frees everything. Safe to call twice. */
  dispose(): Promise<void>;
}
