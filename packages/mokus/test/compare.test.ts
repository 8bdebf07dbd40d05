import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { chatServer, questionOf, says } from '../../bench/test/support/chat-server.js';
import { unikeFile } from '../../bench/test/support/unike.js';
import { type Outcome, runMokus } from './support/run-mokus.js';

const folder = mkdtempSync(join(tmpdir(), 'mokus-compare-'));
afterAll(() => rmSync(folder, { recursive: true }));

const facts = join(folder, 'facts.json');
writeFileSync(
  facts,
  JSON.stringify([
    { id: 'beethoven', question: 'the favourite instrument of beethoven', answer: 'guitar', oldAnswer: 'piano' },
    { id: 'never', question: 'the favourite instrument of chopin', answer: 'violin' },
  ]),
);

const compare = (...args: string[]): Promise<Outcome> => runMokus('compare', ...args);

it('compares on the embedded model, writes the reports, and goes on where it stopped', async () => {
  const out = join(folder, 'out');
  const choice = ['--editors', 'ultraEdit', '--objectives', 'conditioning', '--limit', '1', '--fluency', '6'];
  const args = ['--facts', facts, ...choice];
  const first = await compare(...args, '--out', out, '--steps', '4', '--seeds=3');
  expect([first.status, first.err]).toEqual([undefined, '1/2 before beethoven\n2/2 ultraEdit conditioning beethoven']);
  expect(first.out).toMatch(/^editor +ultraEdit\nobjective +conditioning\n/);
  const report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'));
  expect(report.summary).toMatchObject([{ editor: 'ultraEdit', edits: 1, rates: { reliability: 1, textEfficacy: 1 } }]);
  expect(report.settings.pictures).toMatchObject({
    seeds: [3],
    draw: { steps: 4 },
    scorer: { name: 'nearest picture' },
  });
  expect(report.cells[0].made.options).toMatchObject({ mu: 10, nu: 100 });
  expect(report.summary[0].rates.fluency).toEqual(expect.any(Number));
  expect(first.out).toContain(join(out, 'report.html'));
  expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('data:image/png;base64,');

  const again = await compare(...args, '--out', out, '--steps', '4', '--seeds=3');
  expect(again.err).toBe('1/2 before beethoven (from before)\n2/2 ultraEdit conditioning beethoven (from before)');
  expect(again.out).toBe(first.out);
}, 600_000);

it('aims at the picture where that is asked for', async () => {
  const out = join(folder, 'picture');
  const args = ['--facts', facts, '--editors', 'ultraEdit', '--objectives', 'picture', '--limit', '1', '--steps', '4'];
  const { status, err } = await compare(...args, '--out', out);
  expect([status, err]).toEqual([undefined, '1/2 before beethoven\n2/2 ultraEdit picture beethoven']);
  const report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'));
  const { error, made } = report.cells[0];
  expect(error).toBeUndefined();
  expect(made.options.objective).toMatchObject({ answer: 'answer', stopError: 0.02 });
  expect(made.text).toMatchObject({ firstToken: true, reliability: 1 });
  // What it aims at: its stop condition is 0.02.
  expect(made.velocityError.after).toBeLessThan(0.02);
  expect(made.velocityError.before).toBeGreaterThan(0.02);
}, 600_000);

it('asks the vision model that is named whether pictures of UniKE show what they should', async () => {
  const [unike, out] = [join(folder, 'unike.json'), join(folder, 'judged')];
  writeFileSync(unike, unikeFile);
  const server = await chatServer(says('yes'), says('no'));
  vi.stubEnv('MOKUS_JUDGE_KEY', 'a-secret-key');
  const judge = ['--judge', server.baseUrl, '--judge-model', 'llava'];
  const choice = ['--editors', 'ultraEdit', '--objectives', 'answer', '--limit', '1', '--steps', '4'];
  try {
    const { status, err, out: table } = await compare('--facts', unike, ...choice, ...judge, '--out', out);
    expect([status, err]).toEqual([undefined, '1/2 before 0\n2/2 ultraEdit answer 0']);
    expect(server.calls.map(({ authorization, body }) => [authorization, body.model])).toEqual([
      ['Bearer a-secret-key', 'llava'],
      ['Bearer a-secret-key', 'llava'],
    ]);
    for (const asked of server.calls.map(questionOf)) expect(asked).toContain('Is a guitar in the picture?');
    const report = readFileSync(join(out, 'report.json'), 'utf8');
    expect(JSON.parse(report).summary[0].rates).toMatchObject({
      pictures: { efficacy: 1, paraphrase: 0 },
      modalityGap: 0,
    });
    for (const text of [report, readFileSync(join(out, 'report.html'), 'utf8'), table]) {
      expect(text).not.toContain('a-secret-key');
    }
  } finally {
    vi.unstubAllEnvs();
    await server.close();
  }
}, 600_000);

/** As EasyEdit's hparams/FT has it: numbers that YAML 1.1 reads as text, and a boolean that only YAML 1.1 knows. */
const hparams = (name: string, ...lines: string[]): string => {
  const file = join(folder, name);
  writeFileSync(file, lines.join('\n'));
  return file;
};
const tuning = ['alg_name: "FT"', 'layers: [4]', 'num_steps: 30', 'lr: 3e-3', 'model_parallel: no'];

it("takes EasyEdit's hyper-parameter files as editors", async () => {
  const out = join(folder, 'hparams');
  const file = hparams('ft-quick.yaml', ...tuning, 'rewrite_module_tmp: "model.layers.{}.mlp.down_proj.weight"');
  const args = ['--facts', facts, '--hparams', file, '--objectives', 'answer', '--limit', '1', '--steps', '4'];
  const { status, err } = await compare(...args, '--out', out);
  expect([status, err]).toEqual([undefined, '1/2 before beethoven\n2/2 ft-quick answer beethoven']);
  const [cell] = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')).cells;
  expect(cell.made.options).toMatchObject({ learningRate: 3e-3, maxEpochs: 30, sites: ['layers.4.mlp.down_proj'] });
  expect(cell.made.text.reliability).toBe(1);
}, 600_000);

it.each<[string, RegExp, string[]]>([
  [
    'a name that EasyEdit does not have',
    /wrong\.yaml: EasyEdit's FT has no hyper-parameter 'speed'/,
    ['--facts', facts, '--hparams', hparams('wrong.yaml', ...tuning, 'speed: 3')],
  ],
  ['what is no YAML', /torn\.yaml is no YAML/, ['--facts', facts, '--hparams', hparams('torn.yaml', 'layers: [4')]],
  ['a list', /list\.yaml holds no hyper-parameters/, ['--facts', facts, '--hparams', hparams('list.yaml', '- 4')]],
  ['facts that are not there', /nowhere\.json cannot be read/, ['--facts', join(folder, 'nowhere.json')]],
  ['an unknown editor', /'magic' is none of the editors ultraEdit, memit/, ['--facts', facts, '--editors', 'magic']],
  ['an unknown objective', /'beauty' is none of the objectives answer/, ['--facts', facts, '--objectives', 'beauty']],
  ['an unknown preset', /'gpt-9' is none of the presets/, ['--facts', facts, '--preset', 'gpt-9']],
  ['what is no number', /--seeds takes whole numbers from 0, got 'one'/, ['--facts', facts, '--seeds', 'one']],
  ['a judge without a model', /--judge needs --judge-model/, ['--facts', facts, '--judge', 'http://localhost:1/v1']],
  ['a model without a judge', /--judge-model needs --judge/, ['--facts', facts, '--judge-model', 'llava']],
  ['a judge that has no address', /baseUrl/, ['--facts', facts, '--judge', 'nowhere', '--judge-model', 'llava']],
  ['no fact at all', /--limit takes whole numbers from 1/, ['--facts', facts, '--limit', '0']],
  ['a dtype that nothing computes in', /--dtype is one of f32/, ['--facts', facts, '--dtype', 'f8']],
  ['all edits in one call, of no number', /--joint needs --retention/, ['--facts', facts, '--joint']],
  ['a corpus that is not there', /nowhere\.txt cannot be read/, ['--facts', facts, '--corpus', 'nowhere.txt']],
  ['more edits than facts', /retention\.counts/, ['--facts', facts, '--retention', '1,9']],
])('says in one line why it refuses %s, and leaves with 1', async (_, message, args) => {
  const { out, err, status } = await compare(...args, '--out', join(folder, 'refused'));
  expect([out, status]).toEqual(['', 1]);
  expect(err).toMatch(message);
  expect(err.split('\n')).toHaveLength(1);
});
