/**
 * A comparison, or KnowCusBench, as one self-contained HTML page. Needs no Node.
 *
 * @packageDocumentation
 */
export { knowCusHtml } from './knowcus/knowcus-html.js';
export { reportHtml } from './report/report-html.js';
