import { isText, MokusError, requireArgument, type Site } from '@mokus/core';
import type { DecoderConfig } from './decoder-config.js';
import type { DecoderWeightNames } from './weight-names.js';

/** The linear layers of a decoder block that an edit may change. */
export const siteRoles = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const;
export type SiteRole = (typeof siteRoles)[number];

/** Which linear layers may be edited where nobody says: the MLP's, which published editors of facts change. */
export const defaultSiteRoles: readonly SiteRole[] = ['gate_proj', 'up_proj', 'down_proj'];

/** The module's name inside its block, and which modules read the same input. */
const places: Readonly<Record<SiteRole, { readonly module: string; readonly group: string }>> = {
  q_proj: { module: 'self_attn.q_proj', group: 'self_attn.qkv' },
  k_proj: { module: 'self_attn.k_proj', group: 'self_attn.qkv' },
  v_proj: { module: 'self_attn.v_proj', group: 'self_attn.qkv' },
  o_proj: { module: 'self_attn.o_proj', group: 'self_attn.o_proj' },
  gate_proj: { module: 'mlp.gate_proj', group: 'mlp.gate_up' },
  up_proj: { module: 'mlp.up_proj', group: 'mlp.gate_up' },
  down_proj: { module: 'mlp.down_proj', group: 'mlp.down_proj' },
};

/** Throws MokusError `input` for one that is no role here. */
export function requireSiteRoles(roles: readonly string[]): readonly SiteRole[] {
  return roles.map((role) => {
    const known = siteRoles.find((each) => each === role);
    if (known !== undefined) return known;
    throw new MokusError('input', `"${role}" is no role of a site; roles are ${siteRoles.join(', ')}`, {
      field: 'siteRoles',
    });
  });
}

export function siteId(layer: number, role: SiteRole): string {
  return `layers.${layer}.${places[role].module}`;
}

/** Rows and columns of a role's weight: [dOut, dIn]. */
export function siteSize(config: DecoderConfig, role: SiteRole): { readonly dOut: number; readonly dIn: number } {
  const { hiddenSize, intermediateSize, heads, keyValueHeads, headDim } = config;
  switch (role) {
    case 'q_proj':
      return { dOut: heads * headDim, dIn: hiddenSize };
    case 'k_proj':
    case 'v_proj':
      return { dOut: keyValueHeads * headDim, dIn: hiddenSize };
    case 'o_proj':
      return { dOut: hiddenSize, dIn: heads * headDim };
    case 'gate_proj':
    case 'up_proj':
      return { dOut: intermediateSize, dIn: hiddenSize };
    case 'down_proj':
      return { dOut: hiddenSize, dIn: intermediateSize };
  }
}

/**
 * The sites of the given roles in every layer, in order. `tapDepth` layers lie below the tap; the sites of the others
 * cannot reach the conditioning.
 */
export function decoderSites(
  config: DecoderConfig,
  names: DecoderWeightNames,
  roles: readonly SiteRole[],
  tapDepth: number,
): Site[] {
  return Array.from({ length: config.layers }, (_, layer) =>
    siteRoles
      .filter((role) => roles.includes(role))
      .map(
        (role): Site => ({
          id: siteId(layer, role),
          kind: 'linear',
          layer,
          role,
          ...siteSize(config, role),
          inputGroup: `layers.${layer}.${places[role].group}`,
          weight: `${names.prefix}${siteId(layer, role)}.weight`,
          reachesTap: layer < tapDepth,
        }),
      ),
  ).flat();
}

/** The sites of an encoder by id. */
export class SiteTable {
  readonly #byId: ReadonlyMap<string, Site>;

  constructor(sites: readonly Site[]) {
    this.#byId = new Map(sites.map((site) => [site.id, site]));
  }

  /** Throws MokusError `site` for an id that is not there, `input` for what is no id. */
  get(id: string): Site {
    const site = this.#byId.get(id);
    if (site === undefined) {
      const [example = siteId(0, 'up_proj')] = this.#byId.keys();
      requireArgument('site', id, isText(id), `give the id of a site, such as "${example}"`);
      const role = siteRoles.find((each) => id.endsWith(`.${places[each].module}`));
      const isListed = [...this.#byId.values()].some((each) => each.role === role);
      const mend =
        role === undefined || isListed
          ? `a site is named like "${example}"`
          : `load it with siteRoles that name ${role}`;
      throw new MokusError('site', `"${id}" is no site of this text encoder; ${mend}`, { site: id });
    }
    return site;
  }

  /** As {@link get}; also throws MokusError `site` for one that lies above the tap. */
  editable(id: string): Site {
    const site = this.get(id);
    if (!site.reachesTap) {
      throw new MokusError(
        'site',
        `site "${id}" lies above the tap: nothing it does reaches the image model; choose a lower layer`,
        { site: id },
      );
    }
    return site;
  }

  /** Distinct sites, in order of layers. Throws MokusError `site`, and `input` for none. */
  select(ids: readonly string[]): Site[] {
    requireArgument('sites', ids, Array.isArray(ids), 'give a list of ids of sites, also for one');
    if (ids.length === 0) throw new MokusError('input', 'name at least one site', { field: 'sites' });
    const wanted = new Set(ids.map((id) => this.editable(id)));
    return [...this.#byId.values()].filter((site) => wanted.has(site));
  }
}
