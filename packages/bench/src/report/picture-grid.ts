import type { Comparison, EditCell, ReportedPicture } from '../compare/comparison.js';
import { pngDataUrl } from '../pictures/png-data-url.js';
import { escapeHtml, pictureTable } from './html-text.js';

/** A kept picture's PNG file by its name. */
export type PicturePng = (name: string) => Promise<Uint8Array | undefined>;

/** For each case that was kept: its prompts down, before and each editor's after across. */
export async function pictureGrids(comparison: Comparison, png: PicturePng): Promise<string> {
  const sections: string[] = [];
  for (const each of comparison.cases) {
    const before = comparison.baselines.find((baseline) => baseline.case === each.id)?.pictures ?? [];
    const cells = comparison.cells.filter((cell) => cell.case === each.id && hasPictures(cell));
    if (before.length === 0 || cells.length === 0) continue;
    const head = ['prompt', 'before', ...cells.map(({ editor, objective }) => `${editor}, ${objective}`)];
    const rows: { label: string; cells: string[] }[] = [];
    for (const [at, picture] of before.entries()) {
      const after = cells.map(({ made }) => made?.pictures[at]);
      const images = await Promise.all([picture, ...after].map((shown) => imageOf(shown, png)));
      rows.push({ label: `${picture.role}: ${picture.prompt} (seed ${picture.seed})`, cells: images });
    }
    sections.push(pictureTable(`${each.question} → ${each.answer}`, head, rows));
  }
  return sections.join('\n');
}

function hasPictures({ made }: EditCell): boolean {
  return made?.pictures.some(({ picture }) => picture !== undefined) ?? false;
}

async function imageOf(shown: ReportedPicture | undefined, png: PicturePng): Promise<string> {
  const bytes = shown?.picture === undefined ? undefined : await png(shown.picture);
  if (shown === undefined || bytes === undefined) return '';
  const { verdict } = shown;
  const mark = verdict === undefined ? '' : verdict.holds ? '✓ ' : '✗ ';
  const caption = `${mark}${verdict?.saw ?? ''}`;
  const alt = escapeHtml(shown.prompt);
  return `<img alt="${alt}" src="${pngDataUrl(bytes)}"><br><small>${escapeHtml(caption)}</small>`;
}
