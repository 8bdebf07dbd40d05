import { median } from '../averages.js';

/** Seconds of each of some runs, after one that warms up. */
export async function secondsOf(samples: number, run: () => Promise<unknown>): Promise<number> {
  const seconds: number[] = [];
  for (let at = 0; at <= samples; at++) {
    const started = performance.now();
    await run();
    if (at > 0) seconds.push((performance.now() - started) / 1000);
  }
  return median(seconds)!;
}

/** Marks the moments at which steps end, and says how long those between them took, in seconds (median). */
export class StepClock {
  readonly #marks: number[] = [];

  mark(): void {
    this.#marks.push(performance.now());
  }

  get seconds(): number {
    const took = this.#marks.slice(1).map((mark, at) => (mark - this.#marks[at]!) / 1000);
    const middle = median(took);
    if (middle === undefined) throw new Error('no step was timed: two marks at least');
    return middle;
  }
}
