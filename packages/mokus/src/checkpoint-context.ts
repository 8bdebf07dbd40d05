import type { Backend, CheckpointFiles, RunOptions } from '@mokus/core';
import type { ServiceIdentifier } from 'inversify';
import type { DeviceComponent } from './backends.js';

/** The checkpoint that components are loaded from: bound by `fromPretrained`. */
export interface CheckpointContext extends RunOptions {
  readonly files: CheckpointFiles;
  /** Of the text encoder: see `siteRoles` of {@link fromPretrained}. */
  readonly siteRoles?: readonly string[] | undefined;
  /** Of components that do not run on the container's `Backend`. */
  readonly backends?: Readonly<Partial<Record<DeviceComponent, Backend>>> | undefined;
}
export const CheckpointContext: ServiceIdentifier<CheckpointContext> = Symbol.for('mokus.CheckpointContext');
