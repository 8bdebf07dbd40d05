import {
  type DeltaHandle,
  type EditObjective,
  type Editor,
  MokusError,
  type ObjectiveValue,
  requireEditOptions,
  requireKnown,
  requireNumber,
  type Site,
  type SiteDelta,
  type TextEncoder,
  throwIfCancelled,
} from '@mokus/core';
import { encodeRequests } from '@mokus/editors';

export interface GradientStepOptions {
  /** Used where an edit names none. */
  readonly objective: EditObjective;
  /** Frobenius norm of the whole change. Default: 1. */
  readonly step?: number | undefined;
  /** Ids of the sites to change. Default: all that reach the conditioning. */
  readonly sites?: readonly string[] | undefined;
}

/** One step down the objective's gradient, all sites together: dW = -step g / |g|. The smallest editor that keeps the rules. */
export function gradientStep(options: GradientStepOptions): Editor {
  const name = 'gradientStep';
  const { step = 1, sites: ids, objective: own } = options;
  requireKnown(name, options, { step, sites: ids, objective: own });
  requireNumber(name, 'step', step, { above: 0 });
  return {
    name,
    async edit(encoder, requests, editOptions = {}) {
      requireEditOptions(editOptions);
      const { objective = own, template = 'pipeline', signal, onProgress } = editOptions;
      throwIfCancelled(signal, name);
      const sites = chooseSites(encoder, ids);
      const encoded = encodeRequests(encoder, requests, template);
      const prepared = await objective.prepare({ encoder, requests, encoded, template, signal });
      const { logitsRows, hiddenRows } = prepared;
      const batch = encoded.map((each) => each.ids);

      /** The objective on the encoder as it is now. */
      const evaluate = async (turn: number): Promise<ObjectiveValue> => {
        const read = { batch, logits: logitsRows, hidden: hiddenRows };
        const value = await prepared.evaluate(await encoder.forward(read, { signal }));
        const request = value.requests.findIndex(({ loss }) => !Number.isFinite(loss));
        if (request !== -1) {
          throw new MokusError('edit', `request ${request}: the loss is not finite: take a smaller step`, { request });
        }
        const satisfied = value.requests.filter((each) => each.satisfied).length;
        const counts = { satisfied, requests: requests.length };
        onProgress?.({ kind: 'edit', editor: name, turn, maxTurns: 1, loss: value.loss, ...counts });
        throwIfCancelled(signal, name);
        return value;
      };

      const before = await evaluate(0);
      const deltas = new Map<string, SiteDelta>();
      if (!before.requests.every(({ satisfied }) => satisfied)) {
        const gradients = await encoder.parameterGradients(
          {
            batch,
            parameters: new Map(sites.map(({ id, dOut, dIn }) => [id, dense(dOut, dIn, new Float32Array(dOut * dIn))])),
            cotangents: {
              ...(logitsRows.length > 0 && { logits: { rows: logitsRows, values: before.logits } }),
              ...(hiddenRows.length > 0 && { hidden: { rows: hiddenRows, values: before.hidden } }),
            },
          },
          { signal },
        );
        for (const [id, delta] of stepDown(gradients, step)) deltas.set(id, delta);
        await tried(encoder, deltas, () => evaluate(1));
      }
      const versions = { 'my-editor': '1.0.0' };
      const provenance = { editor: name, objective: objective.name, template, options: { step }, requests, versions };
      return { sites: deltas, provenance: { baseModel: await encoder.fingerprint(), ...provenance } };
    },
  };
}

/** Runs `action` with the deltas on the encoder, and takes them off whatever happens. */
async function tried(encoder: TextEncoder, deltas: ReadonlyMap<string, SiteDelta>, action: () => Promise<unknown>) {
  const handles: DeltaHandle[] = [];
  try {
    for (const [site, delta] of deltas) handles.push(encoder.pushDelta(site, delta));
    await action();
  } finally {
    for (const handle of handles) encoder.popDelta(handle);
  }
}

function stepDown(gradients: ReadonlyMap<string, SiteDelta>, step: number): [string, SiteDelta][] {
  const parts = [...gradients].flatMap(([id, each]) => (each.kind === 'dense' ? [[id, each] as const] : []));
  let square = 0;
  for (const [site, { delta }] of parts) {
    for (const value of delta) square += value * value;
    if (!Number.isFinite(square)) throw new MokusError('edit', `the gradient of '${site}' is not finite`, { site });
  }
  if (square === 0) throw new MokusError('edit', 'the objective depends on none of the sites', { field: 'sites' });
  const scale = -step / Math.sqrt(square);
  return parts.map(([id, { dOut, dIn, delta }]) => [
    id,
    dense(
      dOut,
      dIn,
      delta.map((value) => scale * value),
    ),
  ]);
}

function dense(dOut: number, dIn: number, delta: Float32Array): SiteDelta {
  return { kind: 'dense', dOut, dIn, delta };
}

function chooseSites(encoder: TextEncoder, ids: readonly string[] | undefined): readonly Site[] {
  const editable = encoder.sites.filter((site) => site.reachesTap);
  const wrong = ids?.find((id) => !editable.some((site) => site.id === id));
  if (wrong !== undefined) throw new MokusError('site', `'${wrong}' is no site that can be edited`, { site: wrong });
  return editable.filter(({ id }) => ids?.includes(id) ?? true);
}
