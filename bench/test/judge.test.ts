import { fileURLToPath } from 'node:url';
import { type RawImage, seededNoise } from '@mokus/core';
import { concepts, pictureSheet, scenes } from '@mokus/emoji-world';
import { readImage } from 'mokus';
import { beforeAll, expect, it } from 'vitest';
import { type Candidate, composeCandidates } from '../transfer/candidates.js';
import { NearestPicture } from '../transfer/judge.js';

let candidates: Candidate[];
beforeAll(async () => {
  candidates = composeCandidates(await readImage(fileURLToPath(pictureSheet.file)), concepts, scenes);
});

function imageOf({ rgb }: Candidate, noise: (at: number) => number = () => 0): RawImage {
  const side = pictureSheet.cellSize;
  const data = new Uint8ClampedArray(side * side * 4).fill(255);
  for (let pixel = 0; pixel < side * side; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      const at = pixel * 3 + channel;
      data[pixel * 4 + channel] = (rgb[at] as number) + noise(at);
    }
  }
  return { width: side, height: side, data };
}

it('has every concept in every scene once', () => {
  const pictured = concepts.filter(({ cell }) => cell !== undefined);
  expect(candidates.length).toBeGreaterThan(0.95 * pictured.length * scenes.length);
  expect(new Set(candidates.map(({ concept }) => concept)).size).toBeGreaterThanOrEqual(300);
});

it('keeps one of pictures that are the same', async () => {
  const sheet = await readImage(fileURLToPath(pictureSheet.file));
  const [first, second] = concepts;
  const twin = { name: 'twin', tokens: 1, cell: first?.cell };
  const merged = composeCandidates(
    sheet,
    [first, twin, second].flatMap((each) => each ?? []),
    scenes,
  );
  expect(merged).toHaveLength(2 * scenes.length);
  expect(merged.filter(({ concept }) => concept === 'twin')).toEqual([]);
});

it('finds the nearest of all, as an exhaustive search does', () => {
  const judge = new NearestPicture(candidates, pictureSheet.cellSize);
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
    expect(verdict).toMatchObject({
      concept: candidates[best]?.concept,
      scene: candidates[best]?.scene,
    });
    expect(verdict.distance).toBeCloseTo(distances[best] as number, 6);
  }
});

it('says distance 0 for a training picture itself', () => {
  const judge = new NearestPicture(candidates, pictureSheet.cellSize);
  const candidate = candidates[17] as Candidate;
  expect(judge.judge(imageOf(candidate))).toEqual({
    concept: candidate.concept,
    scene: candidate.scene,
    distance: 0,
  });
});
