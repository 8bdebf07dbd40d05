import { editFileName, readEditSites } from '@mokus/checkpoint/node';
import type { RunOptions } from '@mokus/core';
import { presets, type SiteSelection } from '@mokus/editors';
import { defaultSiteRoles, siteRoles } from '@mokus/models';
import type { HparamsFile } from '../compare/hparams.js';
import { cardFileName, customizationFileNames } from '../customization/card-file.js';
import { openEditFile, openFiles } from '../open/files.js';
import { words } from './options.js';

interface ChosenEditors {
  readonly editors: readonly string[];
  readonly preset: string | undefined;
  readonly hparams?: readonly HparamsFile[] | undefined;
}

/** Roles of the sites that the settings of editors name. */
export function rolesOfEditors({ editors, preset = '', hparams = [] }: ChosenEditors): readonly string[] {
  const settings: Readonly<Record<string, Readonly<Record<string, { readonly sites?: SiteSelection | undefined }>>>> =
    presets;
  const chosen = [
    ...editors.map((editor) => settings[editor]?.[preset]?.sites),
    ...hparams.map(({ choice }) => choice.settings.sites),
  ];
  return chosen.flatMap(rolesOf);
}

/** Roles of the sites of edits, and of customizations' edits, that are to be put in place; files give their headers only. */
export async function rolesInPlace(
  {
    edit = '',
    customization = '',
  }: { readonly edit?: string | undefined; readonly customization?: string | undefined },
  hub: Pick<RunOptions, 'signal'>,
): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const source of words(edit)) ids.push(...(await readEditSites(await openEditFile(source, hub))));
  for (const source of words(customization)) {
    const wanted = customizationFileNames;
    const { folder } = await openFiles(source, { what: 'customization', weightName: cardFileName, wanted, hub });
    if (await folder.exists(editFileName)) ids.push(...(await readEditSites(await folder.open(editFileName))));
  }
  return rolesOf(ids);
}

/** What `fromPretrained` is given: the default roles with those named, or nothing where the default has them all. */
export function siteRolesWith(roles: readonly string[]): readonly string[] | undefined {
  const added = siteRoles.filter((role) => roles.includes(role) && !defaultSiteRoles.includes(role));
  return added.length === 0 ? undefined : [...defaultSiteRoles, ...added];
}

/** Of ids, the last words, as in the names of weights; of a predicate, which names none, nothing. */
function rolesOf(sites: SiteSelection | undefined): readonly string[] {
  if (sites === undefined || typeof sites === 'function') return [];
  return 'roles' in sites ? sites.roles : sites.map((id) => id.slice(id.lastIndexOf('.') + 1));
}
