/**
 * What the container binds. Each name is both the interface and the token, so `container.get(Backend)` is a `Backend`.
 * Rebind one to swap it: nothing else changes.
 */
import type * as core from '@mokus/core';
import type { ServiceIdentifier } from 'inversify';
import type * as backends from './backends.js';

export type Backend = core.Backend;
export const Backend: ServiceIdentifier<Backend> = Symbol.for('mokus.Backend');

/** Which backends `device` names; add to the map to publish one. */
export type BackendRegistry = backends.BackendOpeners;
export const BackendRegistry: ServiceIdentifier<BackendRegistry> = Symbol.for('mokus.BackendRegistry');

export type TextEncoder = core.TextEncoder;
export const TextEncoder: ServiceIdentifier<TextEncoder> = Symbol.for('mokus.TextEncoder');

export type DiT = core.DiT;
export const DiT: ServiceIdentifier<DiT> = Symbol.for('mokus.DiT');

export type ImageCodec = core.ImageCodec;
export const ImageCodec: ServiceIdentifier<ImageCodec> = Symbol.for('mokus.ImageCodec');

export type Scheduler = core.Scheduler;
export const Scheduler: ServiceIdentifier<Scheduler> = Symbol.for('mokus.Scheduler');

export type Editor = core.Editor;
export const Editor: ServiceIdentifier<Editor> = Symbol.for('mokus.Editor');

export type EditObjective = core.EditObjective;
export const EditObjective: ServiceIdentifier<EditObjective> = Symbol.for('mokus.EditObjective');

/** How pictures and facts become a customization: MoKus with the {@link Editor} and the {@link EditObjective} bound here. */
export type CustomizationMethod = core.CustomizationMethod;
export const CustomizationMethod: ServiceIdentifier<CustomizationMethod> = Symbol.for('mokus.CustomizationMethod');

/** Which class names of a checkpoint are made by which model family; add to its maps to publish a family. */
export type ArchitectureRegistry = core.ArchitectureRegistry;
export const ArchitectureRegistry: ServiceIdentifier<ArchitectureRegistry> = Symbol.for('mokus.ArchitectureRegistry');
