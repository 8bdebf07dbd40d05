import { MokusError, type Site, type TextEncoder } from '@mokus/core';

/**
 * Throws MokusError `site` unless there is one site a layer, at most `most` of them, and each of them writes into the
 * hidden state.
 */
export function requireResidualSites(
  owner: string,
  { info }: TextEncoder,
  sites: readonly Site[],
  most: number = Infinity,
): void {
  const refuse = (id: string, why: string): never => {
    throw new MokusError('site', `${owner}: site '${id}' ${why}: choose sites such as { roles: ['down_proj'] }`, {
      site: id,
      field: 'sites',
    });
  };
  sites.forEach(({ id, dOut, layer }, index) => {
    if (dOut !== info.hiddenSize) refuse(id, `has ${dOut} outputs, so it does not write into the hidden state`);
    if (sites.findIndex((site) => site.layer === layer) !== index) refuse(id, `is the second one of layer ${layer}`);
    if (index >= most) refuse(id, `is one too many: ${owner} changes ${most}`);
  });
}
