import type { NearestVerdict } from '@mokus/bench';
import { expect, it } from 'vitest';
import { distanceLimit, type NaturalRow } from '../transfer/natural.js';
import type { CaseRow, PictureRow } from '../transfer/rows.js';
import { summarise, summariseNatural } from '../transfer/summary.js';

const verdict = (concept: string, distance: number, scene = 'white'): NearestVerdict => ({ concept, scene, distance });

function natural(nearest: NearestVerdict, change: Partial<NaturalRow> = {}): NaturalRow {
  return { kind: 'fact', prompt: 'the sound of x', concept: 'dog', scene: 'white', nearest, ...change };
}

function picture(role: PictureRow['role'], nearest: NearestVerdict, before?: NearestVerdict): PictureRow {
  return { role, prompt: 'a prompt', seed: 1, nearest, ...(before && { before }) };
}

function edited(pictures: readonly PictureRow[], change: Partial<CaseRow> = {}): CaseRow {
  const fact = { relation: 'sound', seen: true, subject: 'x', oldAnswer: 'dog', newAnswer: 'cat', answer: 'cat' };
  return { configuration: 'test', id: 0, ...fact, pictures, ...change };
}

it('the limit is twice the 95th percentile of the right pictures, whatever the wrong ones are', () => {
  const right = Array.from({ length: 100 }, (_, at) => natural(verdict('dog', 100 - at)));
  const wrong = Array.from({ length: 50 }, () => natural(verdict('cat', 1e6)));
  expect(distanceLimit([...wrong, ...right])).toBe(2 * 95);
  expect(() => distanceLimit(wrong)).toThrow(/no picture right/);
});

it('an edited fact is drawn when the new answer is nearest, and near enough', () => {
  const rates = summarise(
    [
      edited([picture('edited', verdict('cat', 10)), picture('heldOut', verdict('cat', 11))]),
      edited([picture('edited', verdict('dog', 1)), picture('heldOut', verdict('cat', 5, 'red'))], {
        seen: false,
        answer: 'dog',
      }),
    ],
    10,
  );
  expect(rates).toMatchObject({
    edits: 2,
    editedPicture: 1 / 2,
    heldOutPicture: 1 / 2,
    unseenPicture: 1 / 2,
    answerChanged: 1 / 2,
  });
});

it('a picture is kept when concept and scene are those from before, and near enough', () => {
  const before = verdict('owl', 3);
  const rates = summarise(
    [
      edited([
        picture('sameRelation', verdict('owl', 10), before),
        picture('sameRelation', verdict('owl', 4, 'red'), before),
        picture('other', verdict('owl', 11), before),
        picture('other', verdict('bee', 2), before),
      ]),
    ],
    10,
  );
  expect([rates.unrelatedKept, rates.sameRelationKept]).toEqual([1 / 4, 1 / 2]);
});

it('the unedited model is reported by kind of prompt, names of several tokens apart', () => {
  const rows = [
    natural(verdict('dog', 1)),
    natural(verdict('cat', 1, 'red')),
    natural(verdict('dog', 1), { kind: 'unseenFact' }),
    natural(verdict('dog', 99), { kind: 'name' }),
    natural(verdict('dog', 1), { kind: 'longName' }),
  ];
  expect(summariseNatural(rows, 10)).toEqual({
    prompts: 5,
    names: 0,
    longNames: 1,
    picture: 1 / 2,
    unseenPicture: 1,
    scene: 4 / 5,
  });
});
