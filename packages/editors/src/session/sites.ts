import { MokusError, requireKnown, type Site, type TextEncoder } from '@mokus/core';

/**
 * Which sites an editor may change: their ids, a predicate, or roles within a range of layers (both ends included) or of a
 * list of layers. Layers and roles are configuration: no editor knows a model's names.
 */
export type SiteSelection =
  | readonly string[]
  | ((site: Site) => boolean)
  | {
      readonly roles: readonly string[];
      readonly layers?: LayerSelection | undefined;
    };

/** Both ends of a range included, or one by one. */
export type LayerSelection = { readonly from: number; readonly to: number } | readonly number[];

/** What a site may be missing for. */
const otherRoles = 'other roles are sites where siteRoles of fromPretrained names them';

/** Gate and up projections of every layer: what UltraEdit changes in Qwen models, without its range of layers. */
export const defaultSites: SiteSelection = { roles: ['gate_proj', 'up_proj'] };

/**
 * The sites chosen, in the encoder's order. Sites above the tap are left out unless named by id. Throws MokusError
 * `site` for an id that does not exist or lies above the tap, and for a selection that matches nothing; `input` for what is no
 * text encoder and no selection.
 */
export function selectSites(encoder: TextEncoder, selection: SiteSelection = defaultSites): readonly Site[] {
  requireEncoder(encoder);
  if (isIds(selection)) requireSites(encoder, selection);
  else if (typeof selection !== 'function') requireRoles(selection);
  const chosen = encoder.sites.filter((site) => site.reachesTap && matches(site, selection));
  if (chosen.length === 0) {
    const roles = [...new Set(encoder.sites.map((site) => site.role))].join(', ');
    throw new MokusError(
      'site',
      `no site matches the selection: ${encoder.info.architecture} has ${encoder.info.layers} layers, roles ${roles}; ${otherRoles}`,
      { field: 'sites' },
    );
  }
  return chosen;
}

/**
 * The down projections of layers that lie as low as the published ones of Qwen2.5-7B do: `from` to `to` of its 28 layers,
 * in proportion, at least one layer.
 */
export function proportionalSites(encoder: TextEncoder, from: number, to: number): SiteSelection {
  requireEncoder(encoder);
  const scaled = (layer: number): number => Math.round((layer * encoder.info.layers) / 28);
  return { roles: ['down_proj'], layers: { from: scaled(from), to: scaled(to) } };
}

/** One site of each input group, in order: all sites of a group read the same keys. */
export function onePerInputGroup(sites: readonly Site[]): readonly Site[] {
  return [...new Map(sites.toReversed().map((site) => [site.inputGroup, site])).values()].toReversed();
}

/** Throws MokusError `input` for what is no text encoder: a pipeline is passed in its place easily. */
export function requireEncoder(encoder: TextEncoder): void {
  if (Array.isArray(encoder?.sites)) return;
  throw new MokusError('input', 'what is edited is a text encoder: pass pipeline.components.textEncoder', {
    field: 'encoder',
  });
}

/** Throws MokusError `input` for what callers without types may pass: a name that is unknown would choose every layer. */
function requireRoles(selection: Exclude<SiteSelection, readonly string[] | ((site: Site) => boolean)>): void {
  const refuse = (problem: string): MokusError => new MokusError('input', `sites: ${problem}`, { field: 'sites' });
  if (typeof selection !== 'object') throw refuse('give ids in a list, { roles, layers } or a function of a site');
  requireKnown('sites', selection, { roles: 0, layers: 0 });
  const { roles, layers }: { readonly roles?: unknown; readonly layers?: unknown } = selection;
  if (!Array.isArray(roles)) throw refuse("roles is no list: name them, such as ['down_proj']");
  if (layers !== undefined && !isLayers(layers)) {
    throw refuse('layers is neither { from, to } nor a list of numbers: leave it out for all layers');
  }
}

function isLayers(layers: unknown): layers is LayerSelection {
  const { from, to } = (layers ?? {}) as { readonly from?: unknown; readonly to?: unknown };
  const numbers: readonly unknown[] = Array.isArray(layers) ? layers : [from, to];
  // A range may end at Infinity.
  return numbers.every((layer) => typeof layer === 'number' && !Number.isNaN(layer));
}

function isIds(selection: SiteSelection): selection is readonly string[] {
  return Array.isArray(selection);
}

function matches(site: Site, selection: SiteSelection): boolean {
  if (typeof selection === 'function') return selection(site);
  if (isIds(selection)) return selection.includes(site.id);
  const { roles, layers } = selection;
  return roles.includes(site.role) && (layers === undefined || isAmong(site.layer, layers));
}

function isAmong(layer: number, layers: LayerSelection): boolean {
  return 'from' in layers ? layer >= layers.from && layer <= layers.to : layers.includes(layer);
}

function requireSites(encoder: TextEncoder, ids: readonly string[]): void {
  for (const id of ids) {
    const site = encoder.sites.find((each) => each.id === id);
    if (site === undefined) {
      const some = encoder.sites
        .slice(0, 3)
        .map((each) => each.id)
        .join(', ');
      throw new MokusError('site', `there is no site '${id}'; encoder.sites lists them: ${some}, ...; ${otherRoles}`, {
        site: id,
      });
    }
    if (!site.reachesTap) {
      throw new MokusError(
        'site',
        `site '${id}' lies above the tap (hidden state ${encoder.info.tap}), so changing it cannot reach a picture: choose a lower layer`,
        { site: id },
      );
    }
  }
}
