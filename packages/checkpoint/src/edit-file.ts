import { type ByteSource, describeJson, type Edit, type Json, MokusError, type SiteDelta } from '@mokus/core';
import {
  openSafetensors,
  SafetensorsError,
  type SafetensorsFile,
  type SafetensorsStream,
  streamSafetensors,
  type TensorToWrite,
  toBytes,
  toFloat32Array,
} from '@mokus/safetensors';
import { decodeProvenance, encodeProvenance } from './edit-provenance.js';
import { asCheckpointError } from './open-tensors.js';
import { checkDelta } from './site-delta.js';

/**
 * An edit as one .safetensors file: per site either `SITE.u` [dOut, rank] and `SITE.v` [rank, dIn], or `SITE.delta`
 * [dOut, dIn], all F32; in the metadata `format` = "mokus-edit", `version`, `sites` (their ids, in order) and
 * `provenance`, the last two as JSON.
 */
const format = 'mokus-edit';
const version = '1';

/** What an edit's file is called in a repository, unless it is said otherwise. */
export const editFileName = 'mokus-edit.safetensors';

export interface ReadEditOptions {
  /** Fingerprint of the text encoder that the edit is meant for; an edit made on another one is refused. */
  readonly baseModel?: string | undefined;
}

/**
 * The file of an edit, ready to be written in pieces.
 *
 * @throws MokusError `edit`: no edit, no sites, a site without a valid name, an array whose length is not its shape's, a value
 *   that is not finite
 */
export function editFile(edit: Edit): SafetensorsStream {
  if (edit?.sites === undefined || edit.provenance === undefined) {
    const found = describeJson(edit as unknown as Json | undefined);
    const mend = "give what an editor's edit() or loadEdit() gave, to saveEdit behind the path";
    throw new MokusError('edit', `an edit is { sites, provenance }, and ${found} is none; ${mend}`);
  }
  if (edit.sites.size === 0) {
    const problem = 'the edit changes no site, so there is nothing to save';
    throw new MokusError('edit', `${problem}: the model met the objective already; edit facts that it does not know`);
  }
  const tensors: TensorToWrite[] = [];
  const add = (name: string, shape: readonly number[], values: Float32Array): void => {
    tensors.push({ name, dtype: 'F32', shape, data: toBytes(values) });
  };
  for (const [site, delta] of edit.sites) {
    checkDelta(site, delta);
    if (delta.kind === 'lowRank') {
      add(`${site}.u`, [delta.dOut, delta.rank], delta.u);
      add(`${site}.v`, [delta.rank, delta.dIn], delta.v);
    } else {
      add(`${site}.delta`, [delta.dOut, delta.dIn], delta.delta);
    }
  }
  const sites = JSON.stringify([...edit.sites.keys()]);
  const provenance = encodeProvenance(edit.provenance);
  try {
    return streamSafetensors(tensors, { metadata: { format, version, sites, provenance } });
  } catch (cause) {
    if (!SafetensorsError.isInstance(cause)) throw cause;
    throw new MokusError('edit', `the edit cannot be saved: ${cause.message}`, { cause });
  }
}

/**
 * Reads the file of an edit. Nothing in it is believed: every name, shape, value and field of the provenance is checked.
 *
 * @throws MokusError `checkpoint` (damaged), `edit` (no edit file, of a newer version, a wrong shape, not finite),
 *   `base-model` (made on another model than `options.baseModel`)
 */
export async function readEdit(source: ByteSource, options: ReadEditOptions = {}): Promise<Edit> {
  const { file, name, refuse } = await openEdit(source);
  const provenance = decodeProvenance(file.metadata.provenance, name);
  if (options.baseModel !== undefined && options.baseModel !== provenance.baseModel) {
    throw new MokusError(
      'base-model',
      `${name} was made on the base model ${shown(provenance.baseModel)}, this one is ${shown(options.baseModel)}: ` +
        'load the checkpoint that it was made on, or make the edit again on this one',
      { file: name },
    );
  }
  const sites = new Map<string, SiteDelta>();
  let used = 0;
  for (const site of siteIds(file.metadata.sites, refuse)) {
    if (sites.has(site)) throw refuse(`lists the site ${describeJson(site)} twice`);
    const delta = await asCheckpointError(name, () => readDelta(file, site, refuse));
    checkDelta(site, delta, name);
    sites.set(site, delta);
    used += delta.kind === 'lowRank' ? 2 : 1;
  }
  if (sites.size === 0) throw refuse('changes no site');
  if (used !== file.tensors.size) throw refuse(`holds ${file.tensors.size - used} tensors that belong to no site`);
  return { sites, provenance };
}

/**
 * The ids of the sites that an edit's file changes, from its header: what a text encoder has to list before the edit can be
 * put in place.
 *
 * @throws MokusError `checkpoint` (damaged), `edit` (no edit file, of a newer version)
 */
export async function readEditSites(source: ByteSource): Promise<readonly string[]> {
  const { file, refuse } = await openEdit(source);
  return siteIds(file.metadata.sites, refuse);
}

interface OpenEdit {
  readonly file: SafetensorsFile;
  readonly name: string;
  readonly refuse: Refuse;
}

async function openEdit(source: ByteSource): Promise<OpenEdit> {
  const name = source.name ?? 'the edit file';
  const file = await asCheckpointError(name, () => openSafetensors(source));
  const refuse: Refuse = (problem, { tensor, mend = 'save the edit again' } = {}) =>
    new MokusError(
      'edit',
      `${name} ${problem}; ${mend}`,
      tensor === undefined ? { file: name } : { file: name, tensor },
    );
  if (file.metadata.format !== format) {
    const found = describeJson(file.metadata.format);
    throw refuse(`is a safetensors file but no edit (its format is ${found})`, {
      mend: 'give one that saveEdit wrote',
    });
  }
  if (file.metadata.version !== version) {
    const found = describeJson(file.metadata.version);
    throw refuse(`is of version ${found}, and this package reads ${version}`, { mend: 'update it' });
  }
  return { file, name, refuse };
}

type Refuse = (problem: string, details?: { readonly tensor?: string; readonly mend?: string }) => MokusError;

function siteIds(text: string | undefined, refuse: Refuse): readonly string[] {
  let ids: unknown;
  try {
    ids = JSON.parse(text ?? 'null');
  } catch {
    throw refuse('has a list of sites that is no JSON');
  }
  if (!Array.isArray(ids) || !ids.every((id) => typeof id === 'string')) throw refuse('has no list of sites');
  return ids;
}

async function readDelta(file: SafetensorsFile, site: string, refuse: Refuse): Promise<SiteDelta> {
  if (file.tensors.has(`${site}.delta`)) {
    const dense = await readMatrix(file, `${site}.delta`, refuse);
    return { kind: 'dense', dOut: dense.rows, dIn: dense.columns, delta: dense.values };
  }
  const u = await readMatrix(file, `${site}.u`, refuse);
  const v = await readMatrix(file, `${site}.v`, refuse);
  if (u.columns !== v.rows) {
    const shapes = `U [${u.rows}, ${u.columns}] and V [${v.rows}, ${v.columns}]`;
    throw refuse(`has ${shapes} at ${describeJson(site)}: ranks differ`, { tensor: `${site}.v` });
  }
  return { kind: 'lowRank', dOut: u.rows, dIn: v.columns, rank: u.columns, u: u.values, v: v.values };
}

interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

async function readMatrix(file: SafetensorsFile, name: string, refuse: Refuse): Promise<Matrix> {
  const { dtype, shape } = file.entry(name);
  const [rows, columns] = shape;
  if (dtype !== 'F32' || shape.length !== 2 || rows === undefined || columns === undefined) {
    const found = `${dtype} [${shape.join(', ')}]`;
    throw refuse(`holds ${describeJson(name)} as ${found}; expected an F32 matrix`, { tensor: name });
  }
  return { rows, columns, values: toFloat32Array(await file.read(name), dtype) };
}

/** A fingerprint is a hash, unless the file lies. */
function shown(fingerprint: string): string {
  return /^[0-9a-f]{17,}$/.test(fingerprint) ? `${fingerprint.slice(0, 16)}…` : describeJson(fingerprint);
}
