import { median } from './averages.js';

/** What a step takes. */
export interface StepTime {
  readonly seconds: number;
  /** Of all threads: on a busy machine only this says what the work costs, where the processor does it. */
  readonly processorSeconds: number;
}

function now(): StepTime {
  const { user, system } = process.cpuUsage();
  return { seconds: performance.now() / 1000, processorSeconds: (user + system) / 1e6 };
}

function since(start: StepTime, end: StepTime = now()): StepTime {
  return {
    seconds: end.seconds - start.seconds,
    processorSeconds: end.processorSeconds - start.processorSeconds,
  };
}

/** Marks the moments at which steps end, and says what those between them took. */
export class StepClock {
  readonly #marks: StepTime[] = [];

  mark(): void {
    this.#marks.push(now());
  }

  /** One less than there are marks. */
  get steps(): readonly StepTime[] {
    return this.#marks.slice(1).map((end, at) => since(this.#marks[at]!, end));
  }
}

/** Of each figure its own. Throws for no step. */
export function medianTime(steps: readonly StepTime[]): StepTime {
  const seconds = median(steps.map((step) => step.seconds));
  const processorSeconds = median(steps.map((step) => step.processorSeconds));
  if (seconds === undefined || processorSeconds === undefined) throw new Error('no step was timed: it takes two marks');
  return { seconds, processorSeconds };
}

/** What some runs take, one after the other, after one that warms up. */
export async function stepsOf(samples: number, run: () => Promise<unknown>): Promise<readonly StepTime[]> {
  const clock = new StepClock();
  for (let at = 0; at <= samples; at++) {
    await run();
    clock.mark();
  }
  return clock.steps;
}

/** Their medians. */
export async function timeOf(samples: number, run: () => Promise<unknown>): Promise<StepTime> {
  return medianTime(await stepsOf(samples, run));
}

/** One run, with what it gives. */
export async function timed<Result>(run: () => Promise<Result>): Promise<StepTime & { readonly result: Result }> {
  const started = now();
  const result = await run();
  return { result, ...since(started) };
}
