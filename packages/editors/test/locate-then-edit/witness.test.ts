/**
 * UltraEdit, MEMIT, PMET, AlphaEdit, ROME and fine-tunes against an independent float64 implementation (tools/locate-then-edit/fixtures.py),
 * which rounds what a TextEncoder takes and gives in fp32 where that does, and solves in the primal form: keys, targets and
 * the whole changes of every site, each layer on its own. Measured: targets 3e-8, the size of the fixture's last digit; keys
 * up to 6e-8 and changes up to 2.5e-7, which are written in fp32. Without its rounding, targets 4e-7 and changes 3e-6; with
 * an encoder whose interface is float64 and no rounding anywhere, 3e-8.
 */
import { type Edit, referenceBackend } from '@mokus/core';
import { describe, expect, it } from 'vitest';
import { tinyTextEncoder } from '../../../models/test/support/text-encoder.js';
import {
  alphaEdit,
  conditioningObjective,
  createKeyHistory,
  fineTuning,
  ftL,
  ftM,
  loraTuning,
  memit,
  rome,
} from '../../src/index.js';
import { withDeltas } from '../support/editing.js';
import { relativeError } from '../support/fixtures.js';
import { deltaError, errorByLayer } from '../support/locate-fixtures.js';
import {
  common,
  fixtures,
  keysOfLast,
  locate,
  searchedEdit,
  spreadKeys,
  spreads,
  statisticsOf,
  targetLayer,
  ultraEditOf,
} from '../support/locate-witness.js';

const { requests, sites } = fixtures;

function check(what: string, error: number): void {
  expect(error, what).toBeLessThan(1e-6);
}

describe('on the float64 interpreter', async () => {
  const encoder = await tinyTextEncoder(referenceBackend());
  const statistics = await statisticsOf(encoder);

  it('the subject is found in every context', async () => {
    const { located } = await locate(encoder);
    expect(located.map(({ positions }) => positions)).toEqual(fixtures.positions);
  });

  it('targets of the conditioning objective', async () => {
    const goal = { lambda: 1, mu: 0, objective: conditioningObjective({ stopLoss: 0 }) };
    const { targets } = await searchedEdit(memit({ ...common, ...goal }), encoder);
    check('targets', relativeError(targets, fixtures.conditioningTargets.flat()));
  });

  it.each(spreads)('$name', async ({ make, fixture, factToken }) => {
    const options = { ...common, ...fixture.ridge, factToken, statistics: statistics[factToken] };
    const { edit, targets } = await searchedEdit(make(options), encoder);
    const keys = await spreadKeys(encoder, edit.sites, await locate(encoder, requests, factToken));
    check('targets', relativeError(targets, fixture.targets.flat()));
    check('keys', errorByLayer(keys, fixture.keys));
    check('changes', deltaError(edit, fixture.deltas));
  });

  it('AlphaEdit, the second edit on the first with its keys', async () => {
    const { lambda, nullSpaceThreshold, edits } = fixtures.alphaEdit;
    const history = createKeyHistory();
    const editor = alphaEdit({ ...common, lambda, nullSpaceThreshold, statistics: statistics.subjectLast, history });
    let on: Edit['sites'] = new Map();
    for (const [index, request] of requests.entries()) {
      const expected = edits[index]!;
      const { edit, targets, keys, located } = await withDeltas(encoder, on, async () => {
        const searched = await searchedEdit(editor, encoder, [request]);
        const located = await locate(encoder, [request]);
        return { ...searched, located, keys: await spreadKeys(encoder, searched.edit.sites, located) };
      });
      const kept = located.session.sites.map(
        ({ layer, inputGroup, dIn }) => [layer, history.keys(inputGroup).subarray(index * dIn)] as const,
      );
      check(`targets of edit ${index}`, relativeError(targets, expected.targets.flat()));
      check(`keys of edit ${index}`, errorByLayer(keys, expected.keys));
      check(`keys that the history has of edit ${index}`, errorByLayer(new Map(kept), expected.kept));
      check(`changes of edit ${index}`, deltaError(edit, expected.deltas));
      on = edit.sites;
    }
  });

  it('ROME, one request after the other', async () => {
    const { ridge, targets, keys, plainKeys, deltas } = fixtures.rome;
    const editor = rome({ ...common, ...ridge, sites: sites.slice(-1), statistics: statistics.subjectLast });
    const found = await searchedEdit(editor, encoder);
    check('targets', relativeError(found.targets, targets.flat()));
    check('changes', deltaError(found.edit, deltas));
    // A change of a layer's down projection does not reach what that projection reads.
    const { mean, plain } = await keysOfLast(await locate(encoder));
    check('mean keys', errorByLayer(new Map([[targetLayer, mean]]), keys));
    check('plain keys', errorByLayer(new Map([[targetLayer, plain]]), plainKeys));
  });

  it.each(fixtures.ultraEdit)('UltraEdit, $turns turns with the ridge $ridge', async (fixture) => {
    const { edit, keys } = await ultraEditOf(encoder, fixture);
    expect(keys).toHaveLength(fixture.turns);
    for (const [turn, each] of keys.entries()) check(`keys of turn ${turn}`, errorByLayer(each, fixture.keys[turn]!));
    check('changes', deltaError(edit, fixture.deltas));
  });
});

describe('fine-tunes on the float64 interpreter', async () => {
  const encoder = await tinyTextEncoder(referenceBackend());
  const { fineTuning: whole, ftM: free, ftL: held, lora, ...tuning } = fixtures.tuning;
  const settings = { ...tuning, sites: sites.slice(-1), objective: common.objective };

  it.each([
    ['naive', fineTuning({ ...settings, sites }), whole],
    ['FT-M', ftM(settings), free],
    ['FT-L', ftL({ ...settings, limit: held.limit }), held],
    ['LoRA', loraTuning({ ...settings, rank: lora.rank, alpha: lora.alpha, seed: lora.seed }), lora],
  ])('%s', async (_, editor, { deltas }) => {
    check('changes', deltaError(await editor.edit(encoder, requests), deltas));
  });
});
