import type { Site } from '@mokus/core';
import type { ComponentInspection, Inspection, MemoryNeed } from './inspection.js';

/** An inspection as text for a terminal. */
export function describeInspection(inspection: Inspection): string {
  const { name, pipeline, components } = inspection;
  const heading = pipeline === undefined ? name : `${name}: ${pipeline}`;
  const parts = [heading, componentTable(components), ...components.flatMap(siteLines), memoryTable(inspection)];
  return parts.join('\n\n');
}

function componentTable(components: readonly ComponentInspection[]): string {
  const rows = components.map(({ component, className, stored, byDtype, read, isOutlined }) => [
    component === '' ? '.' : component,
    className,
    stored.tensors === 0 ? '' : String(stored.tensors),
    stored.tensors === 0 ? '' : countText(stored.parameters),
    Object.entries(byDtype)
      .map(([dtype, { bytes }]) => `${bytesText(bytes)} ${dtype}`)
      .join(', '),
    read !== undefined
      ? `${read.tensors} tensors, ${countText(read.parameters)}`
      : isOutlined || stored.tensors === 0
        ? ''
        : 'unknown class',
  ]);
  return table([['component', 'class', 'tensors', 'parameters', 'stored', 'read by programs'], ...rows]);
}

/** The sites of a text encoder by role: those of one role lie in the same layers. */
function siteLines({ component, sites }: ComponentInspection): string[] {
  if (sites.length === 0) return [];
  const roles = [...new Set(sites.map(({ role }) => role))].map((role) => {
    // The role is one of theirs, so there is one at least.
    const ofRole = sites.filter((site) => site.role === role) as [Site, ...Site[]];
    const { id, layer, dOut, dIn } = ofRole[0];
    return [`  ${id.replace(String(layer), '{layer}')}`, `layers ${layersText(ofRole)}`, `[${dOut}, ${dIn}]`];
  });
  const where = component === '' ? '' : ` of ${component}`;
  return [`${sites.length} edit sites${where}\n${table(roles)}`];
}

function layersText(sites: readonly Site[]): string {
  const layers = sites.map(({ layer }) => layer);
  const [first, last] = [Math.min(...layers), Math.max(...layers)];
  return last - first + 1 === layers.length ? `${first}-${last}` : layers.join(', ');
}

function memoryTable({ memory: { workload, generate, edit, learn } }: Inspection): string {
  const needs: readonly (readonly [string, MemoryNeed | undefined])[] = [
    ['generate', generate],
    ['edit', edit],
    ['learn', learn],
  ];
  const rows = needs.flatMap(([use, need]) =>
    need === undefined
      ? []
      : [
          [
            use,
            bytesText(need.total),
            bytesText(need.weights),
            bytesText(need.activations),
            bytesText(need.state),
            bytesText(need.weightsAsStored),
          ],
        ],
  );
  if (rows.length === 0) return 'no known class, so what it needs is not known';
  const { size, textTokens, batch, rank } = workload;
  return [
    `memory: ${size} x ${size} pixels, ${textTokens} tokens, batch ${batch}, LoRA rank ${rank}`,
    table([
      ['', 'total', '= weights in f32', '+ values (estimate)', '+ state (estimate)', 'weights as stored'],
      ...rows,
    ]),
  ].join('\n');
}

/** Columns side by side, as wide as their widest entry. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const countSteps = [
  [1e9, ' B'],
  [1e6, ' M'],
  [1e3, ' k'],
] as const;

const byteSteps = [
  [1e9, ' GB'],
  [1e6, ' MB'],
  [1e3, ' kB'],
] as const;

function countText(value: number): string {
  return scaled(value, countSteps, '');
}

/** Decimal units, as sizes of checkpoints are given. */
function bytesText(value: number): string {
  return scaled(value, byteSteps, ' B');
}

/** Three digits of a number with the largest unit that fits. */
function scaled(value: number, steps: readonly (readonly [number, string])[], unit: string): string {
  const step = steps.find(([size]) => value >= size);
  if (step === undefined) return `${value}${unit}`;
  const [size, name] = step;
  const amount = value / size;
  return `${amount >= 100 ? amount.toFixed(0) : amount.toPrecision(3)}${name}`;
}
