import {
  editFileName,
  type FolderSource,
  type HubOptions,
  loadLora,
  loraFileName,
  readEdit,
} from '@mokus/checkpoint/node';
import { requireBaseModel } from '@mokus/concepts';
import {
  type ConceptCard,
  type Customization,
  type Edit,
  MokusError,
  requireKnown,
  type TextToImagePipeline,
} from '@mokus/core';
import { hubOptions } from '../hub-options.js';
import { openFiles } from '../open/files.js';
import { cardFileName, customizationFileNames, readCard } from './card-file.js';

/**
 * Loads a customization that `saveCustomization` wrote, for the pipeline that it is to be applied to: from its folder (or
 * the path of its card) or from a repository of the hub. Nothing in it is believed. `applyCustomization` puts it in place.
 *
 * Throws MokusError `checkpoint` (a file that is missing, damaged, or does not belong to the card), `base-model` (made on
 * another model), `adapter`, `edit` (not finite, a wrong shape), `unsupported`, `input` (an option that is unknown); for a hub
 * id also what `fromPretrained` throws. The pipeline is not changed.
 */
export async function loadCustomization(
  source: string | URL,
  pipeline: TextToImagePipeline,
  hub: HubOptions = {},
): Promise<Customization> {
  requireKnown('loadCustomization', hub, hubOptions);
  const found = await openFiles(source, {
    what: 'customization',
    weightName: cardFileName,
    wanted: customizationFileNames,
    hub,
  });
  const { folder } = found;
  if (found.name !== undefined && found.name !== cardFileName) {
    const message = `${found.name} is no customization; give its folder, or the path of its ${cardFileName}`;
    throw new MokusError('checkpoint', message, { file: found.name });
  }
  const { card, holds } = await readCard(folder);
  await requireBaseModel(pipeline, card);
  const { sites } = pipeline.components.dit;
  const lora = holds.lora ? await loadLora(folder, { sites, weightName: loraFileName }) : undefined;
  const edit = holds.edit ? await editOf(folder, card) : undefined;
  return { lora, edit, card };
}

/** Throws MokusError `checkpoint` for an edit that writes anything but facts of the card. */
async function editOf(folder: FolderSource, { anchor, facts, baseModel }: ConceptCard): Promise<Edit> {
  const edit = await readEdit(await folder.open(editFileName), { baseModel: baseModel.textEncoder });
  const known = new Set(facts.map(({ question }) => question));
  const foreign = edit.provenance.requests.find(({ question, answer }) => answer !== anchor || !known.has(question));
  if (foreign === undefined) return edit;
  const message = `${folder.name}: ${editFileName} writes "${foreign.answer}" for "${foreign.question}", which ${cardFileName} does not say; the files are of different customizations`;
  throw new MokusError('checkpoint', message, { file: editFileName });
}
