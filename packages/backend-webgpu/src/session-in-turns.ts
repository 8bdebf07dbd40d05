import type { OnnxSession, Turns } from '@mokus/onnx';

/** A session that is made, runs and is released in turns with those beside it. */
export async function sessionInTurns(turns: Turns, create: () => Promise<OnnxSession>): Promise<OnnxSession> {
  const session = await turns(create);
  return {
    run: (feeds, fetches) => turns(() => session.run(feeds, fetches)),
    release: () => turns(() => session.release()),
  };
}
