import { knowCusTable } from '@mokus/bench';
import { percent, type Report, type Tables, table } from '../table.js';
import type { ConceptRates, MethodReport, Times } from './summary.js';

const methods: readonly [name: string, label: string][] = [
  ['naiveDb', 'Naive-DB'],
  ['encFt', 'Enc-FT'],
  ['mokus', 'MoKus'],
];

const number = (value: number | null | undefined, digits: number): string => value?.toFixed(digits) ?? '-';

const rateColumns: readonly [head: string, name: keyof ConceptRates][] = [
  ['fact as bound', 'reconstructionShowsConcept'],
  ['fact in other words', 'factShowsConcept'],
  ['the same, within the mask', 'factShowsConceptMasked'],
  ['concept and scene', 'factInScene'],
  ['in other words, recalled', 'factRecalled'],
  ['concept and scene, recalled', 'factInSceneRecalled'],
  ['anchor', 'anchorShowsConcept'],
  ['other things kept', 'othersKept'],
];

function rates(row: ConceptRates): string[] {
  return rateColumns.map(([, name]) => percent(row[name]));
}

/** A line for each value of what is varied. */
function ablation(report: Report, name: string, varied: readonly string[]): string {
  type Row = ConceptRates & Pick<Times, 'bindMs' | 'bindCpuMs'> & Readonly<Record<string, unknown>>;
  const rows = ((report.ablations as Record<string, Row[]>)[name] ?? []) as Row[];
  return table(
    [...varied, ...rateColumns.map(([head]) => head), 'bind, s', 'processor, s'],
    rows.map((row) => [
      ...varied.map((key) => (typeof row[key] === 'boolean' ? (row[key] ? 'on' : 'off') : String(row[key]))),
      ...rates(row),
      number(row.bindMs === null ? null : row.bindMs / 1000, 2),
      number(row.bindCpuMs === null ? null : row.bindCpuMs / 1000, 2),
    ]),
  );
}

export const knowCusTables: Tables = {
  knowCusPaper: (report) => {
    const [head = [], ...rows] = knowCusTable(
      methods.map(([name, label]) => {
        const { bindMs, ...measured } = report[name] as MethodReport;
        return { ...measured, method: label, bindSeconds: bindMs === null ? null : bindMs / 1000 };
      }),
    );
    return table(head, rows);
  },
  knowCus: (report) =>
    table(
      ['method', ...rateColumns.map(([head]) => head), 'learn, s', 'bind, s'],
      methods.map(([name, label]) => {
        const row = report[name] as MethodReport;
        const bind = row.bindMs === null ? null : row.bindMs / 1000;
        return [label, ...rates(row), number(row.learnSeconds, 0), number(bind, 2)];
      }),
    ),
  knowCusFacts: (report) => ablation(report, 'facts', ['facts']),
  knowCusFactor: (report) => ablation(report, 'factor', ['factor']),
  knowCusObjective: (report) => ablation(report, 'objective', ['objective']),
  knowCusRecall: (report) => ablation(report, 'recall', ['objective', 'recall']),
  knowCusApplications: (report) => {
    const { residual, residualRecalled, neighboursKept } = report.erasure as Record<string, number>;
    const { before, right, rightRecalled } = report.injection as Record<string, number>;
    return table(
      ['what', 'measured'],
      [
        ['erasure: prompts that name or paraphrase it still show the concept', percent(residual)],
        ['the same, recalled', percent(residualRecalled)],
        ['erasure: neighbours as before', percent(neighboursKept)],
        ['injection: implicit prompts right before', percent(before)],
        ['injection: right after, in another phrasing', percent(right)],
        ['the same, recalled', percent(rightRecalled)],
      ],
    );
  },
};
