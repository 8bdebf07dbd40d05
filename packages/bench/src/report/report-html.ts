import type { Comparison } from '../compare/comparison.js';
import { retentionTable, summaryTable } from './columns.js';
import { htmlPage } from './html-page.js';
import { escapeHtml, htmlTable } from './html-text.js';
import { type PicturePng, pictureGrids } from './picture-grid.js';
import { plotsOf } from './plots.js';

/**
 * A comparison as one HTML page that needs nothing else: tables, plots as SVG, pictures before and after inside it,
 * hyper-parameters, versions, seeds. `png` gives the pictures that the store kept.
 */
export async function reportHtml(comparison: Comparison, png: PicturePng): Promise<string> {
  const { model, settings, summary, retention } = comparison;
  const grids = await pictureGrids(comparison, png);
  const sections = [
    ['Editors', summary.length > 0 ? htmlTable(summaryTable(comparison)) : ''],
    ['Plots', plotsOf(comparison).join('\n')],
    ['After many edits', retention.length > 0 ? htmlTable(retentionTable(comparison)) : ''],
    ['Edits that were refused', refusals(comparison)],
    ['Pictures before and after', grids],
    ['Hyper-parameters', jsonBlock(hyperParameters(comparison))],
    ['Settings and seeds', jsonBlock(settings)],
    ['Versions', jsonBlock(comparison.versions)],
  ] as const;
  const about = `${model.architecture}, text encoder ${model.fingerprint.slice(0, 12)}, ${comparison.cases.length} facts`;
  return htmlPage('Editors compared', about, sections);
}

function refusals({ cells, retention }: Comparison): string {
  const rows = [
    ...cells.map((cell) => ({ ...cell, where: cell.case })),
    ...retention.map((cell) => ({ ...cell, where: `${cell.edits} ${cell.mode}` })),
  ].flatMap(({ editor, objective, where, error }) =>
    error === undefined ? [] : [[editor, objective, where, error.code, error.message]],
  );
  return rows.length === 0 ? '' : htmlTable([['editor', 'objective', 'case', 'error', 'message'], ...rows]);
}

/** What each variant was made with: those of its first edit, else those of the plan. */
function hyperParameters({ editors, objectives, cells }: Comparison): unknown {
  return {
    editors: editors.map(({ name, options }) => ({
      name,
      options: cells.find((cell) => cell.editor === name && cell.made !== undefined)?.made?.options ?? options,
    })),
    objectives,
  };
}

function jsonBlock(value: unknown): string {
  return `<pre>${escapeHtml(JSON.stringify(value, null, 2))}</pre>`;
}
