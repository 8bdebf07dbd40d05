import * as Plot from '@observablehq/plot';
import { pngDataUrl } from '../pictures/png-data-url.js';
import { htmlPage } from '../report/html-page.js';
import { escapeHtml, htmlTable, pictureTable } from '../report/html-text.js';
import type { PicturePng } from '../report/picture-grid.js';
import { figureHtml } from '../report/plots.js';
import { knowCusTable } from './knowcus-table.js';
import { knowCusMetrics } from './metrics.js';
import type { KnowCusCell } from './run-knowcus.js';
import { type KnowCusSummary, summariseKnowCus } from './summary.js';

/** The paper's table, plots and the pictures that the store kept, as one page that needs nothing else. */
export async function knowCusHtml(cells: readonly KnowCusCell[], png: PicturePng): Promise<string> {
  const summary = summariseKnowCus(cells);
  const concepts = [...new Set(cells.map(({ concept }) => concept))];
  const grids: string[] = [];
  for (const concept of concepts) grids.push(await gridOf(concept, cells, png));
  return htmlPage('KnowCusBench', `${concepts.length} concepts, ${summary.length} methods`, [
    ['Methods', htmlTable(knowCusTable(summary))],
    ['Plots', plotsOf(summary).join('\n')],
    ['Pictures', grids.join('\n')],
  ]);
}

/** A figure for generation's measures, each on its own scale, and one for time. */
function plotsOf(summary: readonly KnowCusSummary[]): string[] {
  const measures = knowCusMetrics.map((metric) => ({
    label: metric,
    rows: summary.map(({ method, generation }) => ({ method, value: generation[metric] })),
  }));
  const time = {
    label: 'seconds of learning and binding',
    rows: summary.map(({ method, learnSeconds, bindSeconds }) => ({
      method,
      value: learnSeconds === null && bindSeconds === null ? null : (learnSeconds ?? 0) + (bindSeconds ?? 0),
    })),
  };
  return [...measures, time].flatMap(({ label, rows }) => {
    const measured = rows.filter(({ value }) => value !== null);
    if (measured.length === 0) return [];
    const marks = [Plot.barX(measured, { x: 'value', y: 'method', fill: '#4e79a7' }), Plot.ruleX([0])];
    return figureHtml(label, { marginLeft: 120, x: { label, grid: true }, y: { label: null }, marks });
  });
}

/** Prompts down, methods across. */
async function gridOf(concept: string, cells: readonly KnowCusCell[], png: PicturePng): Promise<string> {
  const own = cells.filter((cell) => cell.concept === concept && cell.pictures.some(({ picture }) => picture));
  const jobs = [
    ...new Set(own.flatMap(({ pictures }) => pictures.map(({ prompt, seed }) => `${prompt} (seed ${seed})`))),
  ];
  if (jobs.length === 0) return '';
  const rows: { label: string; cells: string[] }[] = [];
  for (const label of jobs) {
    const cells: string[] = [];
    for (const { pictures } of own) {
      const name = pictures.find(({ prompt, seed }) => `${prompt} (seed ${seed})` === label)?.picture;
      const bytes = name === undefined ? undefined : await png(name);
      cells.push(bytes === undefined ? '' : `<img alt="${escapeHtml(label)}" src="${pngDataUrl(bytes)}">`);
    }
    rows.push({ label, cells });
  }
  return pictureTable(concept, ['prompt', ...own.map(({ method }) => method)], rows);
}
