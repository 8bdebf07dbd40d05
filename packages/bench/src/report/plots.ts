import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Comparison, RetentionCell, VariantSummary } from '../compare/comparison.js';

const width = 720;
const rateAxis = { label: 'rate', domain: [0, 1], tickFormat: '.0%', grid: true } as const;

/** The plots of gap, time and retention as HTML figures of SVG, as far as there is something to show. */
export function plotsOf({ summary, retention }: Comparison): string[] {
  return [gapPlot(summary), timePlot(summary), ...retentionPlots(retention)].flatMap((plot) => plot ?? []);
}

/** Two ends a variant: answers that changed, and pictures that did; the line between them is the gap. */
function gapPlot(summary: readonly VariantSummary[]): string | undefined {
  const rows = summary.flatMap((row) => {
    const { textEfficacy: text, pictures } = row.rates;
    return text === undefined || pictures.efficacy === undefined
      ? []
      : [{ variant: variantOf(row), text, pictures: pictures.efficacy }];
  });
  if (rows.length === 0) return undefined;
  const ends = rows.flatMap(({ variant, text, pictures }) => [
    { variant, side: 'answers', rate: text },
    { variant, side: 'pictures', rate: pictures },
  ]);
  return figureHtml('Modality gap: edits that changed the answer, and edits that changed the picture', {
    marginLeft: 220,
    x: rateAxis,
    y: { label: null, domain: rows.map(({ variant }) => variant) },
    color: { legend: true, domain: ['answers', 'pictures'] },
    marks: [
      Plot.link(rows, { y: 'variant', x1: 'text', x2: 'pictures', stroke: '#bbb', strokeWidth: 3 }),
      Plot.dot(ends, { x: 'rate', y: 'variant', fill: 'side', r: 6 }),
    ],
  });
}

function timePlot(summary: readonly VariantSummary[]): string | undefined {
  const rows = summary.flatMap((row) =>
    row.secondsPerEdit === undefined ? [] : [{ variant: variantOf(row), seconds: row.secondsPerEdit }],
  );
  if (rows.length === 0) return undefined;
  return figureHtml('Time of one edit (median)', {
    marginLeft: 220,
    x: { label: 'seconds', grid: true },
    y: { label: null, domain: rows.map(({ variant }) => variant) },
    marks: [Plot.barX(rows, { x: 'seconds', y: 'variant', fill: '#4e79a7' }), Plot.ruleX([0])],
  });
}

const curves: readonly [title: string, of: (cell: RetentionCell) => number | undefined][] = [
  ['Reliability of all edits', ({ rates }) => rates.reliability],
  ['Locality', ({ rates }) => rates.locality],
  ['Pictures of the new answers', ({ rates }) => rates.pictures.efficacy],
  ['Seconds per edit', ({ secondsPerEdit }) => secondsPerEdit],
];

/** What remains after 1, 10, 100 ... edits. */
function retentionPlots(retention: readonly RetentionCell[]): string[] {
  return curves.flatMap(([title, of]) => {
    const points = retention.flatMap((cell) => {
      const value = of(cell);
      return value === undefined ? [] : [{ variant: `${variantOf(cell)}, ${cell.mode}`, edits: cell.edits, value }];
    });
    if (points.length === 0) return [];
    const isRate = title !== 'Seconds per edit';
    const plot = figureHtml(`Retention: ${title.toLowerCase()} after so many edits`, {
      marginLeft: 60,
      x: { label: 'edits', type: 'log', ticks: [...new Set(points.map(({ edits }) => edits))], tickFormat: 'd' },
      y: isRate ? rateAxis : { label: 'seconds', zero: true, grid: true },
      color: { legend: true },
      marks: [
        Plot.lineY(points, { x: 'edits', y: 'value', stroke: 'variant', marker: 'dot' }),
        ...(isRate ? [] : [Plot.ruleY([0])]),
      ],
    });
    return [plot];
  });
}

function variantOf({ editor, objective }: { readonly editor: string; readonly objective: string }): string {
  return `${editor}, ${objective}`;
}

/** A figure with legend and caption, as HTML. */
export function figureHtml(caption: string, options: Plot.PlotOptions): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  return Plot.plot({ ...options, caption, figure: true, width, document }).outerHTML;
}
