import { median } from '../averages.js';

/** What a step takes, as medians of several. */
export interface StepTime {
  readonly seconds: number;
  /** Of all threads: on a busy machine only this says what the work costs, where the processor does it. */
  readonly processorSeconds: number;
}

/** Marks the moments at which steps end, and says what those between them took. */
export class StepClock {
  readonly #marks: StepTime[] = [];

  mark(): void {
    const { user, system } = process.cpuUsage();
    this.#marks.push({ seconds: performance.now() / 1000, processorSeconds: (user + system) / 1e6 });
  }

  /** Throws without two marks. */
  get time(): StepTime {
    const between = (value: (mark: StepTime) => number): number => {
      const took = this.#marks.slice(1).map((mark, at) => value(mark) - value(this.#marks[at]!));
      const middle = median(took);
      if (middle === undefined) throw new Error('no step was timed: it takes two marks');
      return middle;
    };
    return { seconds: between((mark) => mark.seconds), processorSeconds: between((mark) => mark.processorSeconds) };
  }
}

/** What some runs take, after one that warms up. */
export async function timeOf(samples: number, run: () => Promise<unknown>): Promise<StepTime> {
  const clock = new StepClock();
  for (let at = 0; at <= samples; at++) {
    await run();
    clock.mark();
  }
  return clock.time;
}
