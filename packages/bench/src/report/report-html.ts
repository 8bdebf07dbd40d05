import type { Comparison } from '../compare/comparison.js';
import { retentionTable, summaryTable } from './columns.js';
import { escapeHtml, htmlTable } from './html-text.js';
import { type PicturePng, pictureGrids } from './picture-grid.js';
import { plotsOf } from './plots.js';

const style = `
body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; margin: 1rem 0; display: block; overflow-x: auto; }
th, td { border-bottom: 1px solid #ddd; padding: .25rem .6rem; text-align: left; vertical-align: top; }
thead th { white-space: nowrap; }
img { min-width: 128px; max-width: 256px; image-rendering: auto; }
pre { background: #f6f6f6; padding: .8rem; overflow-x: auto; }`;

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
  ].filter(([, content]) => content !== '');
  const about = `${model.architecture}, text encoder ${model.fingerprint.slice(0, 12)}, ${comparison.cases.length} facts`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>Editors compared</title>
<style>${style}</style>
</head>
<body>
<h1>Editors compared</h1>
<p>${escapeHtml(about)}</p>
${sections.map(([title, content]) => `<h2>${title}</h2>\n${content}`).join('\n')}
</body>
</html>
`;
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
