/**
 * onnxruntime-web is one WebAssembly instance, and it is suspended inside a call while the GPU works: a second call that
 * waits for the GPU would overwrite the first one's stack. So the calls of all modules of this process take turns.
 */
let last: Promise<unknown> = Promise.resolve();

/** Runs the work when all that was given before has ended. Work must not call this again and wait. */
export function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const result = last.then(() => whileAwake(work));
  last = result.catch(() => undefined);
  return result;
}

/** A GPU's promise does not keep Node's event loop alive; a timer does. */
export async function whileAwake<T>(work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => undefined, 10);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
