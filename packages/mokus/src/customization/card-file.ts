import { editFileName, type FolderSource, JsonFields, loraFileName, readJson } from '@mokus/checkpoint/node';
import { type AskedFact, type ConceptCard, type Customization, type Json, MokusError } from '@mokus/core';

/** The name of a card in the folder of its customization. */
export const cardFileName = 'card.json';

/** All that a customization's folder may hold. */
export const customizationFileNames: readonly string[] = [cardFileName, loraFileName, editFileName];

const format = 'mokus-customization';
const version = 1;
/** Bytes; a card of five facts has about a thousand. */
const maxCardBytes = 4 * 1024 * 1024;

/** A card, and which of the two files are there with it. */
export interface CardFile {
  readonly card: ConceptCard;
  readonly holds: { readonly lora: boolean; readonly edit: boolean };
}

/** The card as the text of its file. */
export function encodeCard({ card, lora, edit }: Customization): Uint8Array {
  const holds = { lora: lora !== undefined, edit: edit !== undefined };
  return new TextEncoder().encode(`${JSON.stringify({ format, version, ...card, holds }, null, 2)}\n`);
}

/** Whether a folder is one that a customization was saved in. */
export async function isCustomizationFolder(folder: FolderSource): Promise<boolean> {
  return readCard(folder).then(
    () => true,
    () => false,
  );
}

/** Throws MokusError `checkpoint` naming file and field: missing, too large, no card, of another version, damaged. */
export async function readCard(folder: FolderSource): Promise<CardFile> {
  const refuse = (field: string | undefined, problem: string): MokusError => {
    const place = field === undefined ? '' : `: ${field}`;
    const message = `${folder.name}/${cardFileName}${place} ${problem}; save the customization again`;
    return new MokusError('checkpoint', message, {
      file: cardFileName,
      ...(field === undefined ? {} : { field }),
    });
  };
  const { size } = await folder.open(cardFileName);
  if (size > maxCardBytes) throw refuse(undefined, `has ${size} bytes, more than any card (${maxCardBytes})`);
  const fields = new JsonFields(await readJson(folder, cardFileName), undefined, refuse);
  if (fields.value('format') !== format) throw fields.refuse('format', `is not "${format}": it is no customization`);
  if (fields.value('version') !== version) throw fields.refuse('version', `is not ${version}; update Mokus`);
  const className = fields.value('className');
  if (typeof className !== 'string') throw fields.refuse('className', 'is no text');
  const name = fields.optionalText('name');
  const baseModel = fields.object('baseModel');
  const holds = fields.object('holds');
  const facts = fields.list('facts').map((fact, index) => readFact(new JsonFields(fact, `facts[${index}]`, refuse)));
  return {
    card: {
      ...(name === undefined ? {} : { name }),
      anchor: fields.text('anchor'),
      className,
      facts,
      method: fields.text('method'),
      options: fields.value('options') ?? null,
      baseModel: { textEncoder: hash(baseModel, 'textEncoder'), transformer: hash(baseModel, 'transformer') },
    },
    holds: { lora: flag(holds, 'lora'), edit: flag(holds, 'edit') },
  };
}

function readFact(fields: JsonFields): AskedFact {
  const said = fields.optionalText('said');
  const locality = fields.texts('locality');
  return {
    question: fields.text('question'),
    ...(said === undefined ? {} : { said }),
    ...(locality === undefined ? {} : { locality }),
  };
}

function hash(fields: JsonFields, field: string): string {
  const value = fields.text(field);
  if (!/^[0-9a-f]{64}$/.test(value)) throw fields.refuse(field, 'is no sha256 in hexadecimal');
  return value;
}

function flag(fields: JsonFields, field: string): boolean {
  const value: Json | undefined = fields.value(field);
  if (typeof value !== 'boolean') throw fields.refuse(field, 'is neither true nor false');
  return value;
}
