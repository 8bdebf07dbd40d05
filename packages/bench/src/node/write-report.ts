import { join } from 'node:path';
import { writeFileWhole } from '@mokus/checkpoint/node';
import type { Comparison } from '../compare/comparison.js';
import { reportHtml } from '../report/report-html.js';
import type { FileCellStore } from './file-cell-store.js';

/** Writes `report.json` and `report.html` into the store's folder, each whole or not at all. Throws MokusError `disk`. */
export async function writeReport(
  store: FileCellStore,
  comparison: Comparison,
): Promise<{ readonly json: string; readonly html: string }> {
  const [json, html] = [join(store.folder, 'report.json'), join(store.folder, 'report.html')];
  const encoder = new TextEncoder();
  await writeFileWhole(json, [encoder.encode(`${JSON.stringify(comparison, null, 2)}\n`)]);
  await writeFileWhole(html, [encoder.encode(await reportHtml(comparison, (name) => store.picturePng(name)))]);
  return { json, html };
}
