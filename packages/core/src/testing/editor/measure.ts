import { deltaArrays } from '../../delta-arrays.js';
import type { DeltaHandle, Edit, EditRequest } from '../../edit.js';
import type { EditObjective } from '../../objective.js';
import { EditStack } from '../../pipeline/edit-stack.js';
import type { TextEncoder } from '../../text-encoder.js';
import { joined } from '../arrays.js';
import { requireAlike } from '../expectations.js';
import { firstSite, lowRankDelta, outputsOf } from '../text-encoder/probe.js';

/** Probability of the whole answer after the question, under the pipeline's template. */
export async function answerProbability(encoder: TextEncoder, { question, answer }: EditRequest): Promise<number> {
  const { ids, answerIds, answerRows } = encoder.encodeQuestion(question, answer);
  const { vocabSize } = encoder.info;
  const { logits } = await encoder.forward({
    batch: [ids],
    logits: answerRows.map((position) => ({ sequence: 0, position })),
  });
  return answerIds.reduce((product, id, row) => {
    const ofRow = logits.data.subarray(row * vocabSize, (row + 1) * vocabSize);
    const total = ofRow.reduce((sum, value) => sum + Math.exp(value - (ofRow[id] as number)), 0);
    return product / total;
  }, 1);
}

/** The objective of the requests on the encoder with an edit and without, under the edit's template; made ready without. */
export async function lossesWith(
  encoder: TextEncoder,
  objective: EditObjective,
  requests: readonly EditRequest[],
  edit: Edit,
): Promise<{ readonly before: number; readonly after: number }> {
  const { template } = edit.provenance;
  const encoded = requests.map(({ question, answer }) => encoder.encodeQuestion(question, answer, { template }));
  const prepared = await objective.prepare({ encoder, requests, encoded, template });
  const batch = encoded.map(({ ids }) => ids);
  const { logitsRows, hiddenRows } = prepared;
  const loss = async (): Promise<number> =>
    (await prepared.evaluate(await encoder.forward({ batch, logits: logitsRows, hidden: hiddenRows }))).loss;
  return { before: await loss(), after: await withEdit(encoder, edit, loss) };
}

/** Runs `action` with the edit applied, and requires that reverting it leaves no bit changed. */
export async function withEdit<T>(encoder: TextEncoder, edit: Edit, action: () => Promise<T>): Promise<T> {
  const stack = new EditStack(encoder);
  const before = await traceOf(encoder);
  await stack.apply(edit);
  try {
    return await action();
  } finally {
    stack.revert(edit);
    await requireTrace('apply and revert', encoder, before);
  }
}

/** Everything that a trace would show in: the deltas that are pushed, and what the encoder computes. */
export interface Trace {
  readonly handles: readonly DeltaHandle[];
  readonly outputs: Float32Array;
}

export async function traceOf(encoder: TextEncoder): Promise<Trace> {
  return { handles: encoder.deltas().map(({ handle }) => handle), outputs: await outputsOf(encoder) };
}

export async function requireTrace(what: string, encoder: TextEncoder, { handles, outputs }: Trace): Promise<void> {
  const now = await traceOf(encoder);
  const describe = (each: readonly DeltaHandle[]): string => each.map(({ site, id }) => `${id} of ${site}`).join(', ');
  if (describe(now.handles) !== describe(handles)) {
    throw new Error(`${what}: pushed were [${describe(handles)}], now [${describe(now.handles)}]`);
  }
  requireAlike(`${what}: the outputs afterwards`, now.outputs, outputs, 0);
}

/** Runs `action` on an encoder that somebody else's delta is pushed on, and requires that it leaves no trace. */
export async function leavingNoTrace(what: string, encoder: TextEncoder, action: () => Promise<void>): Promise<void> {
  const site = firstSite(encoder);
  const handle = encoder.pushDelta(site.id, lowRankDelta(site, 1, 9));
  try {
    const before = await traceOf(encoder);
    await action();
    await requireTrace(what, encoder, before);
  } finally {
    encoder.popDelta(handle);
  }
}

/** Throws unless two edits change the same sites by the same numbers, bit for bit. */
export function requireSameSites(what: string, got: Edit, expected: Edit): void {
  if ([...got.sites.keys()].join() !== [...expected.sites.keys()].join()) {
    throw new Error(`${what}: it changes ${[...got.sites.keys()].join(', ')}`);
  }
  for (const [site, delta] of expected.sites) {
    const other = got.sites.get(site);
    if (other?.kind !== delta.kind) throw new Error(`${what}: the delta of ${site} is ${other?.kind}`);
    requireAlike(`${what}: ${site}`, joined(deltaArrays(other)), joined(deltaArrays(delta)), 0);
  }
}
