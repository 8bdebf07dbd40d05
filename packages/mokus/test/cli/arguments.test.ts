/** What every command says of its arguments, and how it refuses them: before a model is loaded. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { type CommandDef, renderUsage } from 'citty';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mokusCommand } from '../../src/cli/command.js';
import { editorNames, objectiveNames } from '../../src/compare/variants.js';
import { runMokus } from '../support/run-mokus.js';

const folder = mkdtempSync(join(tmpdir(), 'mokus-arguments-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  writeFileSync(at('object.json'), '{}');
  writeFileSync(at('numbers.json'), '[{ "prompt": "a", "answer": 3 }]');
  writeFileSync(at('facts.txt'), 'the gift is {}\n');
  for (const empty of ['empty', 'two', 'taken']) mkdirSync(at(empty));
  writeFileSync(at('taken/mine.txt'), '');
  const picture = (width: number) => sharp({ create: { width, height: 64, channels: 3, background: 'red' } }).png();
  await picture(64).toFile(at('two/one.png'));
  await picture(48).toFile(at('two/other.png'));
});

/** Each command with its arguments. */
async function commands(): Promise<[string, CommandDef][]> {
  const all = Object.entries(mokusCommand.subCommands as Record<string, () => Promise<CommandDef>>);
  return Promise.all(all.map(async ([name, load]): Promise<[string, CommandDef]> => [name, await load()]));
}

it('--help says of every argument what it is, and what it is without it', async () => {
  const named = await commands();
  expect(named.map(([name]) => name)).toEqual(
    ['bench', 'bind', 'compare', 'create', 'customize', 'doctor'].concat([
      'edit',
      'erase',
      'generate',
      'inject',
      'inspect',
      'learn',
    ]),
  );
  for (const [name, command] of named) {
    const help = stripVTControlCharacters(await renderUsage(command, mokusCommand));
    expect(help).toContain(`USAGE mokus ${name}`);
    for (const [arg, { type, description = '' }] of Object.entries(command.args as object)) {
      expect(help).toContain(type === 'positional' ? `<${arg.toUpperCase()}>` : `--${arg}`);
      expect(description.length, `${name} --${arg}`).toBeGreaterThan(5);
    }
  }
  const help = await renderUsage((await commands()).find(([name]) => name === 'bind')?.[1] ?? mokusCommand);
  for (const each of [...editorNames, ...objectiveNames]) expect(help).toContain(each);
});

describe('mokus refuses', () => {
  const learn = ['learn', '--anchor=<v0>'];
  it.each<[string, RegExp, string[]]>([
    ['an unknown option', /there is no option --stpes; there are --prompt,/, ['generate', '--prompt=a', '--stpes=3']],
    ['a short option', /there is no option -p; /, ['generate', '-p', 'a']],
    ['an option without its value', /--prompt takes a value;/, ['generate', '--prompt']],
    ['an option in the place of a value', /--prompt takes a value;/, ['generate', '--prompt', '--steps', '2']],
    ['an option twice', /--edit is given twice;/, ['generate', '--prompt=a', '--edit=a', '--edit', 'b']],
    ['words without quotes', /'lion' belongs to no option/, ['generate', '--prompt', 'a', 'lion']],
    ['a second checkpoint', /'b' belongs to no option/, ['inspect', 'a', 'b']],
    ['no prompt', /give --prompt or --prompts/, ['generate']],
    ['a number that is none', /--steps takes whole numbers from 1, got 'x'/, ['generate', '--prompt=a', '--steps=x']],
    ['a size of nothing', /--size takes whole numbers from 1, got '0'/, [...learn, '--pictures=x', '--size=0']],
    ['a picture that is no PNG', /--out ends with \.png/, ['generate', '--prompt=a', '--out=lion.jpg']],
    [
      'an unknown device',
      /'npu' is no device here/,
      ['generate', '--prompt=a', `--out=${at('p.png')}`, '--device=npu'],
    ],
    [
      'an unknown dtype',
      /--dtype is one of f32, f16, bf16, got 'f8'/,
      ['bind', '--anchor=a', `--facts=${at('facts.txt')}`, `--out=${at('e')}`, '--dtype=f8'],
    ],
    ['an unknown editor', /'magic' is none of the editors/, ['erase', '--name=a', '--replacement=b', '--editor=magic']],
    ['knowledge that is no list', /is not of the form \[/, ['inject', '--knowledge', at('object.json')]],
    ['an answer that is no text', /is not of the form \[/, ['inject', '--knowledge', at('numbers.json')]],
    ['pictures that are not there', /there is no picture or folder/, [...learn, '--pictures=nowhere']],
    ['a folder without pictures', /no PNG, JPEG or WebP picture in .*empty/, [...learn, '--pictures', at('empty')]],
    ['a picture that is none', /facts.txt cannot be read as a PNG/, [...learn, '--pictures', at('facts.txt')]],
    [
      'pictures of two sizes',
      /other.png is 48 x 64 pixels, .*one.png is 64 x 64 pixels; --size N crops/,
      [...learn, '--pictures', at('two')],
    ],
    [
      'a folder of something else',
      /taken exists, is not empty and was not saved by Mokus/,
      [
        'customize',
        ...learn.slice(1),
        '--facts',
        at('facts.txt'),
        '--pictures',
        at('two'),
        '--size=64',
        '--out',
        at('taken'),
      ],
    ],
    ['a method that there is not', /'magic' is none of the methods moKus, encFt, naive/, ['bench', '--methods=magic']],
    ['pictures without a benchmark', /--pictures are those of a benchmark/, ['bench', '--pictures=x']],
    [
      'the embedded edition for another model',
      /is for the embedded model; give --benchmark too/,
      ['bench', '--model=x'],
    ],
    ['an argument that is missing', /Missing required argument: --pictures; `mokus learn --help`/, learn],
    ['an unknown command', /Unknown command explode; `mokus --help`/, ['explode']],
  ])('%s in one line, with status 1, and says so in JSON', async (_, message, [command = '', ...args]) => {
    const { out, err, status } = await runMokus(command, '--json', ...args);
    expect(err).toMatch(message);
    expect([err.split('\n').length, status]).toEqual([1, 1]);
    expect(JSON.parse(out).error).toMatchObject({ code: 'input', message: err.replace('mokus: ', '') });
  });

  it('a file that cannot be there before it draws', async () => {
    const args = ['generate', '--prompt=a', '--out', at('facts.txt/p.png'), '--json'];
    const { out, err, status } = await runMokus(...args);
    expect([JSON.parse(out).error.code, status]).toEqual(['disk', 1]);
    expect(err).toMatch(/facts.txt cannot be made .*; choose another folder/);
  });
});
