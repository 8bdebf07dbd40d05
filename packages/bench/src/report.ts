/**
 * A comparison as one self-contained HTML page. Needs no Node.
 *
 * @packageDocumentation
 */
export { reportHtml } from './report/report-html.js';
