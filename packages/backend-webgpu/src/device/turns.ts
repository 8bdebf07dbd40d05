import { createTurns, type Turns } from '@mokus/onnx';

/**
 * onnxruntime-web is one WebAssembly instance, and it is suspended inside a call while the GPU works: a second call that
 * waits for the GPU would overwrite the first one's stack. So the calls of all modules of this process take turns.
 */
const turns: Turns = createTurns();

/** Runs the work when all that was given before has ended. Work must not call this again and wait. */
export const inTurn: Turns = (work) => turns(() => whileAwake(work));

/** A GPU's promise does not keep Node's event loop alive; a timer does. */
async function whileAwake<T>(work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => undefined, 10);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
