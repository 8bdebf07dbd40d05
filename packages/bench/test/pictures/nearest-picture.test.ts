import { type RawImage, seededNoise } from '@mokus/core';
import { concepts } from '@mokus/emoji-world';
import { describe, expect, it } from 'vitest';
import {
  type Candidate,
  NearestPicture,
  type NearestPictureScorerOptions,
  nearestPictureScorer,
} from '../../src/index.js';
import { side, trainingPictures } from '../support/emoji.js';

const candidates = await trainingPictures(concepts.slice(0, 60));

function imageOf({ rgb }: Candidate, noise: (at: number) => number = () => 0): RawImage {
  const data = new Uint8ClampedArray(side * side * 4).fill(255);
  for (let pixel = 0; pixel < side * side; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      const at = pixel * 3 + channel;
      data[pixel * 4 + channel] = (rgb[at] as number) + noise(at);
    }
  }
  return { width: side, height: side, data };
}

describe('NearestPicture', () => {
  it('finds the nearest of all, as an exhaustive search does', () => {
    const judge = new NearestPicture(candidates, side);
    const noise = seededNoise(5);
    for (let sample = 0; sample < 3; sample++) {
      const candidate = candidates[Math.floor(noise.uniform() * candidates.length)] as Candidate;
      const image = imageOf(candidate, () => 60 * noise.normal());
      const rgb = image.data.filter((_, at) => at % 4 !== 3);
      const distances = candidates.map((each) => {
        let sum = 0;
        for (let at = 0; at < rgb.length; at++) sum += ((rgb[at] as number) - (each.rgb[at] as number)) ** 2;
        return sum / rgb.length;
      });
      const best = distances.indexOf(Math.min(...distances));
      const verdict = judge.judge(image);
      expect(verdict).toMatchObject({ concept: candidates[best]?.concept, scene: candidates[best]?.scene });
      expect(verdict.distance).toBeCloseTo(distances[best] as number, 6);
    }
  });

  it('says distance 0 for a candidate itself', () => {
    const { concept, scene } = candidates[17] as Candidate;
    const verdict = new NearestPicture(candidates, side).judge(imageOf(candidates[17] as Candidate));
    expect(verdict).toEqual({ concept, scene, distance: 0 });
  });

  it('refuses what it cannot compare', () => {
    const input = expect.objectContaining({ code: 'input' });
    const [first] = candidates as [Candidate];
    expect(() => new NearestPicture([], side)).toThrow(input);
    expect(() => new NearestPicture([first], side + 1)).toThrow(input);
    expect(() => new NearestPicture([first], side * 2)).toThrow(input);
    const small = { width: 8, height: 8, data: new Uint8ClampedArray(256) };
    expect(() => new NearestPicture([first], side).judge(small)).toThrow(input);
  });
});

describe('nearestPictureScorer', () => {
  it('tells what is shown, what stayed, and what is too far from everything', async () => {
    const scorer = await nearestPictureScorer({ candidates, side, distanceLimit: 1000 });
    const [first] = candidates as [Candidate];
    const other = candidates.find(({ concept }) => concept !== first.concept) as Candidate;
    const sameConcept = candidates.find((each) => each.concept === first.concept && each.scene !== first.scene);
    const question = { target: first.concept, prompt: first.concept };
    expect(await scorer.shows(imageOf(first), question)).toMatchObject({ holds: true, measure: 0 });
    expect(await scorer.shows(imageOf(other), question)).toMatchObject({ holds: false });
    expect(await scorer.stayed(imageOf(first), imageOf(first))).toMatchObject({ holds: true });
    expect(await scorer.stayed(imageOf(first), imageOf(other))).toMatchObject({ holds: false });
    expect(await scorer.stayed(imageOf(first), imageOf(sameConcept as Candidate))).toMatchObject({ holds: false });
    const noise = seededNoise(3);
    const blurred = imageOf(first, () => 60 * noise.normal());
    expect((await scorer.shows(blurred, question)).measure).toBeGreaterThan(1000);
    expect(await scorer.shows(blurred, question)).toMatchObject({ holds: false });
    const digest = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(scorer.options).toEqual({ candidates: candidates.length, digest, side, distanceLimit: 1000 });
  });

  it('says in its options which candidates it has: what others judged is not taken for its own', async () => {
    const optionsOf = async (own: readonly Candidate[]) =>
      (await nearestPictureScorer({ candidates: own, side })).options;
    const [first, ...others] = candidates as [Candidate, ...Candidate[]];
    const known = await optionsOf(candidates);
    expect(known.distanceLimit).toBeNull();
    expect(await optionsOf([{ ...first, rgb: first.rgb.slice() }, ...others])).toEqual(known);
    const rgb = first.rgb.map((value, at) => (at === 5 ? value ^ 1 : value));
    const changes: Partial<Candidate>[] = [{ concept: 'another' }, { scene: 'another' }, { rgb }];
    const digests = await Promise.all(
      changes.map(async (change) => (await optionsOf([{ ...first, ...change }, ...others])).digest),
    );
    expect(new Set([known.digest, ...digests]).size).toBe(changes.length + 1);
  });

  it.each([
    ['distanceLimits', { distanceLimits: 1 }],
    ['distanceLimit', { distanceLimit: Number.NaN }],
    ['distanceLimit', { distanceLimit: -1 }],
    ['distanceLimit', { distanceLimit: '9' }],
    ['distanceLimit', { distanceLimit: null }],
    ['side', { side: '64' }],
    ['candidates', { candidates: null }],
    ['candidates[0]', { candidates: [null] }],
    ['candidates[1].concept', { candidates: [candidates[0], { ...candidates[1], concept: undefined }] }],
    ['candidates[0].rgb', { candidates: [{ ...candidates[0], rgb: new Float32Array(side * side * 3) }] }],
  ])('refuses %s of the wrong kind or out of range', async (field, wrong) => {
    const options = { candidates, side, ...wrong } as NearestPictureScorerOptions;
    await expect(nearestPictureScorer(options)).rejects.toMatchObject({ code: 'input', details: { field } });
  });
});
