import {
  editFile,
  editFileName,
  givenFile,
  loraFile,
  loraFileName,
  requireReplaceable,
  saveFolder,
  streamedFile,
} from '@mokus/checkpoint/node';
import type { Customization, RunOptions } from '@mokus/core';
import { cardFileName, encodeCard, isCustomizationFolder } from './card-file.js';

export interface SaveCustomizationOptions extends RunOptions {
  /** Replace a folder that is no customization. Everything in it is lost. Default: false. */
  readonly overwrite?: boolean | undefined;
}

/**
 * Saves a customization as one folder, whole or not at all: `pytorch_lora_weights.safetensors`, which diffusers loads too,
 * `mokus-edit.safetensors` and `card.json`; a part that it does not have has no file. A customization that was saved there
 * before is replaced, another folder that is not empty only with `overwrite`.
 *
 * Throws MokusError `input` (a folder that may not be replaced), `adapter`, `edit` (numbers that are not finite, or not of
 * their shape), `disk`, `cancelled`.
 */
export async function saveCustomization(
  directory: string | URL,
  customization: Customization,
  options: SaveCustomizationOptions = {},
): Promise<void> {
  const { lora, edit } = customization;
  const files = [
    givenFile(cardFileName, encodeCard(customization)),
    ...(lora === undefined ? [] : [streamedFile(loraFileName, loraFile(lora))]),
    ...(edit === undefined ? [] : [streamedFile(editFileName, editFile(edit))]),
  ];
  await saveFolder(directory, async () => files, {
    what: 'saving a customization',
    isOwn: isCustomizationFolder,
    ...options,
  });
}

/** Throws MokusError `input` for a folder that {@link saveCustomization} would not replace: before a long run. */
export function requireCustomizationPlace(directory: string | URL): Promise<void> {
  return requireReplaceable(directory, { isOwn: isCustomizationFolder });
}
