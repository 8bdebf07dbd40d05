/** What callers without types hand over, refused in words before anything is read of it. */
import { type DType, elementCount } from '@mokus/graph';
import type { LoraAdapter } from '../adapter.js';
import { describeJson } from '../describe-json.js';
import type { Edit, Json } from '../edit.js';
import { MokusError } from '../errors.js';
import type { HostTensor } from '../tensor.js';
import type { PipelineComponents, Prompt } from './options.js';
import type { TextToImagePipeline } from './text-to-image.js';

type Loose<Type> = { readonly [Key in keyof Type]?: unknown } | null | undefined;

/** The value as a message shows it; what was not awaited is called so. */
export function describeGiven(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'function') return 'a function';
  if (typeof (value as Loose<Promise<unknown>>)?.then === 'function') return 'a promise (await it)';
  return describeJson(value as Json);
}

/** Throws MokusError `input` naming the argument unless it fits. */
export function requireArgument(field: string, given: unknown, fits: boolean, mend: string): void {
  if (!fits) throw new MokusError('input', `${field} is ${describeGiven(given)}; ${mend}`, { field });
}

/** Throws MokusError `input` naming the argument for what is no list, and for an entry that does not fit; it may be empty. */
export function requireList(field: string, given: unknown, fits: (each: unknown) => boolean, mend: string): void {
  requireArgument(field, given, Array.isArray(given), mend);
  const entries: readonly unknown[] = given as readonly unknown[];
  const wrong = entries.findIndex((each) => !fits(each));
  if (wrong < 0) return;
  throw new MokusError('input', `${field}[${wrong}] is ${describeGiven(entries[wrong])}; ${mend}`, { field });
}

/** Whether it is a string: a check for {@link requireList}. */
export function isText(value: unknown): value is string {
  return typeof value === 'string';
}

const components = { textEncoder: 'info', dit: 'info', imageCodec: 'info', scheduler: 'plan' } as const;

/** Throws MokusError `config` naming the component that is missing, or was not awaited. */
export function requireComponents(given: PipelineComponents): void {
  for (const [name, member] of Object.entries(components)) {
    const part = (given as unknown as Loose<Record<string, unknown>>)?.[name] as Loose<Record<string, unknown>>;
    if (part?.[member] !== undefined) continue;
    const message = `a pipeline is made of ${Object.keys(components).join(', ')}; ${name} is ${describeGiven(part)}`;
    throw new MokusError('config', message, { field: name });
  }
}

/** Throws MokusError `input` for what is no pipeline, such as one that was not awaited. */
export function requirePipeline(given: TextToImagePipeline): void {
  const isPipeline = (given as Loose<TextToImagePipeline>)?.components !== undefined;
  requireArgument('pipeline', given, isPipeline, 'give a pipeline, such as fromPretrained(path) returns');
}

/** Throws MokusError `input` naming the option for what is no prompt; its conditioning's shape is another's to check. */
export function requirePrompt(field: string, prompt: Prompt): void {
  const isConditioning = typeof prompt === 'object' && prompt !== null && 'hiddenStates' in prompt;
  if (!isConditioning) requireTexts(field, prompt, 'give a text, a list of texts, or what encodePrompt returned');
}

/** The texts as a list. Throws MokusError `input` naming the argument for none, and for what is neither a text nor a list. */
export function requireTexts(field: string, given: string | readonly string[], mend: string): readonly string[] {
  const texts = isText(given) ? [given] : given;
  requireList(field, texts, isText, mend);
  if (texts.length === 0) throw new MokusError('input', `${field} is an empty list; ${mend}`, { field });
  return texts;
}

/** Throws MokusError `input` naming the argument for what is no tensor of this dtype in host memory. */
export function requireHostTensor<D extends DType>(field: string, what: string, given: HostTensor<D>, dtype: D): void {
  const tensor = given as Loose<HostTensor>;
  const { shape, data } = tensor ?? {};
  const isTensor = tensor?.location === 'host' && tensor.dtype === dtype && Array.isArray(shape);
  if (isTensor && (data as Loose<ArrayLike<number>>)?.length === elementCount(shape)) return;
  const found = isTensor ? `of shape [${shape.join(', ')}] and data of another length` : describeGiven(given);
  throw new MokusError('input', `${what} is ${found}; make it with ${dtype}Tensor(shape, data)`, { field });
}

/** Throws MokusError `input` naming the option for what cannot be called. Null is none. */
export function requireFunction(field: string, given: unknown): void {
  const fits = given === undefined || given === null || typeof given === 'function';
  requireArgument(field, given, fits, 'give a function');
}

/** Throws MokusError `input` for a signal that would never stop anything, such as its controller. */
export function requireSignal(given: AbortSignal | null | undefined): void {
  const fits = given === undefined || given === null || typeof given.aborted === 'boolean';
  requireArgument('signal', given, fits, 'give the signal of an AbortController');
}

/** Throws MokusError `edit` for what is no edit, such as the path of its file. */
export function requireEdit(call: string, given: Edit): void {
  const { sites, provenance } = (given as Loose<Edit>) ?? {};
  if (isMap(sites) && typeof (provenance as Loose<Edit['provenance']>)?.baseModel === 'string') {
    const [site, delta] = [...sites].find(([, each]) => typeof each !== 'object' || each === null) ?? [];
    if (site === undefined) return;
    throw new MokusError('edit', `the delta of site "${site}" is ${describeGiven(delta)}; make the edit again`, {
      site: String(site),
    });
  }
  const mend = "give what an editor's edit() or loadEdit(path) returned";
  throw new MokusError('edit', `${call} takes an edit and was given ${describeGiven(given)}; ${mend}`);
}

/** Throws MokusError `adapter` for what is no adapter, such as the path of its file. */
export function requireAdapter(name: string, given: LoraAdapter): void {
  if (typeof name !== 'string' || name === '') {
    const message = `an adapter needs a name, and was given ${describeGiven(name)}: addAdapter(name, adapter)`;
    throw new MokusError('adapter', message, { field: 'adapterName' });
  }
  const modules = (given as Loose<LoraAdapter>)?.modules;
  if (!isMap(modules)) {
    const mend = 'give one that was learnt, or let loadLoraWeights(source) read one from a file';
    throw new MokusError('adapter', `adapter "${name}" is ${describeGiven(given)}; ${mend}`);
  }
  const isArray = (value: unknown): boolean => ArrayBuffer.isView(value);
  for (const [site, module] of modules) {
    const { up, down } = (module as Loose<{ up: unknown; down: unknown }>) ?? {};
    if (isArray(up) && isArray(down)) continue;
    throw new MokusError('adapter', `adapter "${name}" has no arrays up and down for "${site}"; learn it again`, {
      site: String(site),
    });
  }
}

/** By what it does: a map of another realm, or a wrapper of one, is a map as well. */
function isMap(value: unknown): value is ReadonlyMap<unknown, unknown> {
  const map = value as Loose<ReadonlyMap<unknown, unknown>>;
  return typeof map?.size === 'number' && typeof map.get === 'function';
}
