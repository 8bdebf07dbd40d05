import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelFolder } from '@mokus/emoji-world';
import { afterAll, describe, expect, it } from 'vitest';
import { encodePng, fromPretrained, readImage } from '../../src/index.js';
import { runMokus } from '../support/run-mokus.js';
import { writeShortCorpus } from '../support/short-corpus.js';

const folder = mkdtempSync(join(tmpdir(), 'mokus-generate-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

const corpus = ['--corpus', at('corpus.txt')];
writeShortCorpus(at('corpus.txt'));

describe('mokus generate', () => {
  it('draws what the pipeline draws, several prompts and pictures of each', async () => {
    writeFileSync(at('prompts.txt'), 'a lion\n\na guitar on a blue background\n');
    const args = ['--prompts', at('prompts.txt'), '--count', '2', '--seed=5', '--steps', '4'];
    const { out, err, status } = await runMokus('generate', ...args, '--out', at('p.png'), '--json');
    expect([err, status]).toEqual(['', undefined]);
    const { pictures } = JSON.parse(out) as { pictures: { file: string; prompt: string; seed: number }[] };
    expect(pictures.map(({ file }) => file)).toEqual([0, 1, 2, 3].map((each) => at(`p-${each}.png`)));
    expect(pictures.map(({ prompt }) => prompt)).toEqual([
      ...['a lion', 'a lion'],
      ...['a guitar on a blue background', 'a guitar on a blue background'],
    ]);
    const pipeline = await fromPretrained(modelFolder);
    const [prompt, seed] = [pictures[3]?.prompt ?? '', pictures[3]?.seed];
    const { images } = await pipeline.generate({ prompt, seed, steps: 4 });
    await pipeline.dispose();
    // A batch of four sums in another order than one picture.
    const drawn = await readImage(at('p-3.png'));
    const expected = await readImage(await encodePng(images[0]!));
    expect(Math.max(...drawn.data.map((each, index) => Math.abs(each - (expected.data[index] ?? 0))))).toBeLessThan(3);
  });

  it('says what was recalled', async () => {
    const prompt = 'the favourite instrument of beethoven';
    const { out } = await runMokus('generate', '--prompt', prompt, '--recall', '--steps=2', '--out', at('r.png'));
    expect(out).toBe(`${prompt}: piano\n${at('r.png')}`);
  });
});

describe('mokus edit, create, erase and inject', () => {
  it.each([
    ['edit', ['--question', 'the sport of pele', '--answer', 'golf'], 'the sport of pele', 'golf'],
    ['create', ['--name', 'zorblax', '--description', 'penguin'], 'what is zorblax?', 'penguin'],
    ['erase', ['--name', 'lion', '--replacement', 'cactus'], 'what is lion?', 'cactus'],
    ['inject', ['--knowledge', 'facts.json'], 'the favourite instrument of beethoven', 'guitar'],
  ])(
    '%s writes an edit that another command puts in place',
    async (command, args, prompt, answer) => {
      writeFileSync(at('facts.json'), JSON.stringify([{ prompt, answer }]));
      const edit = at(`${command}.safetensors`);
      const given = args.map((each) => (each === 'facts.json' ? at(each) : each));
      const made = await runMokus(command, ...given, ...corpus, '--out', edit, '--json');
      expect([made.err, made.status]).toEqual(['', undefined]);
      expect(JSON.parse(made.out)).toMatchObject({ edit });
      const draw = ['generate', '--prompt', prompt, '--recall', '--steps=2', '--out', at('e.png')];
      expect((await runMokus(...draw)).out).not.toContain(`: ${answer}\n`);
      expect((await runMokus(...draw, '--edit', edit)).out).toBe(`${prompt}: ${answer}\n${at('e.png')}`);
    },
    300_000,
  );

  it('edit keeps the prompts that it is told, and hands a subject on', async () => {
    writeFileSync(at('keep.txt'), 'the sport of messi\n');
    const request = { question: 'the sport of pele', answer: 'golf', subject: 'pele' };
    const args = Object.entries(request).flatMap(([name, value]) => [`--${name}`, value]);
    const given = [...args, '--keep', at('keep.txt'), '--editor', 'memit', ...corpus, '--out', at('kept'), '--json'];
    const { requests } = JSON.parse((await runMokus('edit', ...given)).out);
    expect(requests).toEqual([{ ...request, locality: ['the sport of messi'] }]);
  }, 300_000);

  it('inject reads the records of the WISE benchmark', async () => {
    const record = {
      prompt_id: 1,
      Category: 'time',
      Subcategory: 'x',
      Prompt: 'the sport of pele',
      Explanation: 'golf',
    };
    writeFileSync(at('wise.json'), JSON.stringify([record]));
    const { out } = await runMokus('inject', '--knowledge', at('wise.json'), ...corpus, '--out', at('w'), '--json');
    expect(JSON.parse(out).requests).toEqual([{ question: record.Prompt, answer: record.Explanation }]);
  }, 300_000);
});

describe('mokus learn, bind and customize', () => {
  it('learns, binds, and makes a customization that generate takes', async () => {
    const picture = await encodePng((await pictureOf('a robot')).image);
    for (const name of ['one.png', 'two.png', 'three.png']) writeFileSync(at(name), picture);
    writeFileSync(at('facts.txt'), 'the pet that waits for me at home is {}\n');
    const concept = ['--anchor', '<v0>', '--facts', at('facts.txt'), ...corpus];
    const quick = ['--pictures', ['one.png', 'two.png', 'three.png'].map(at).join(), '--steps=3', '--prior=none'];

    const learned = await runMokus('learn', '--anchor=<v0>', ...quick, '--out', at('lora'));
    expect([learned.err, learned.status, learned.out]).toEqual(['', undefined, at('lora')]);
    const bound = await runMokus('bind', ...concept, '--out', at('bound.safetensors'), '--json');
    expect(JSON.parse(bound.out).requests).toEqual([{ question: 'the pet that waits for me at home', answer: '<v0>' }]);
    // As a shell completes the name of a folder.
    const made = await runMokus('customize', ...concept, ...quick, '--out', `${at('pet')}/`, '--json');
    expect([made.err, made.status]).toEqual(['', undefined]);
    expect(readdirSync(folder).filter((name) => name.startsWith('pet'))).toEqual(['pet']);
    expect(JSON.parse(made.out).card).toMatchObject({ anchor: '<v0>', method: 'moKus' });
    // The two ways come to the same looks.
    const file = 'pytorch_lora_weights.safetensors';
    expect(readFileSync(at(`pet/${file}`)).equals(readFileSync(at(`lora/${file}`)))).toBe(true);

    const draw = ['generate', '--prompt', 'the pet that waits for me at home', '--recall', '--steps=2'];
    const drawn = await runMokus(...draw, '--customization', at('pet'), '--out', at('pet.png'));
    expect(drawn.out).toContain(': <v0>\n');
    const inParts = ['--lora', at('lora'), '--edit', at('bound.safetensors'), '--out', at('parts.png')];
    expect((await runMokus(...draw, ...inParts)).out).toContain(': <v0>\n');
  }, 300_000);
});

async function pictureOf(prompt: string) {
  const pipeline = await fromPretrained(modelFolder);
  const { images } = await pipeline.generate({ prompt });
  await pipeline.dispose();
  return { image: images[0]! };
}
