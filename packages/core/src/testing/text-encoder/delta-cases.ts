import type { SiteDelta } from '../../edit.js';
import { requireAlike, requireDifferent } from '../expectations.js';
import { denseOf, editableSites, firstSite, lowRankDelta, outputsOf, questions, sampledSites } from './probe.js';
import type { TextEncoderCase } from './text-encoder-case.js';

/** Deltas that are pushed and taken away. */
export const deltaCases: readonly TextEncoderCase[] = [
  {
    name: 'a delta at any editable site changes the conditioning, and leaves no trace when it is gone',
    run: async (encoder) => {
      const [{ question }] = questions;
      const before = (await encoder.encode([question])).hiddenStates.data;
      const fingerprint = await encoder.fingerprint();
      for (const site of sampledSites(encoder)) {
        const weight = (await encoder.readWeight(site.id)).data;
        const handle = encoder.pushDelta(site.id, lowRankDelta(site, 1, 3));
        const edited = (await encoder.encode([question])).hiddenStates.data;
        requireDifferent(site.id, edited, before);
        requireAlike(`the weight of ${site.id}`, (await encoder.readWeight(site.id)).data, weight, 0);
        if ((await encoder.fingerprint()) !== fingerprint) throw new Error('the fingerprint depends on deltas');
        encoder.popDelta(handle);
      }
      requireAlike('the conditioning afterwards', (await encoder.encode([question])).hiddenStates.data, before, 0);
    },
  },
  {
    name: 'a release keeps what is pushed, and the next call computes the same bits',
    run: async (encoder) => {
      const site = firstSite(encoder);
      const handle = encoder.pushDelta(site.id, lowRankDelta(site, 1, 5));
      const edited = await outputsOf(encoder);
      await encoder.release();
      requireAlike('the outputs after a release', await outputsOf(encoder), edited, 0);
      if (encoder.deltas().length !== 1) throw new Error(`${encoder.deltas().length} deltas are pushed`);
      encoder.popDelta(handle);
    },
  },
  {
    name: 'taking deltas away in any order is bit-exact',
    run: async (encoder) => {
      const site = firstSite(encoder);
      const other = editableSites(encoder).at(-1) ?? site;
      const base = await outputsOf(encoder);
      const [a, b, c] = [1, 2, 3].map((seed) => lowRankDelta(site, 1, seed)) as [SiteDelta, SiteDelta, SiteDelta];
      const d = lowRankDelta(other, 2, 4);
      const first = encoder.pushDelta(site.id, a);
      const third = encoder.pushDelta(site.id, c);
      const without = await outputsOf(encoder);
      encoder.popDelta(third);
      const second = encoder.pushDelta(site.id, b);
      const elsewhere = encoder.pushDelta(other.id, d);
      const again = encoder.pushDelta(site.id, c);
      requireDifferent('all deltas', await outputsOf(encoder), without);
      encoder.popDelta(second);
      encoder.popDelta(elsewhere);
      requireAlike('the first and the third', await outputsOf(encoder), without, 0);
      const left = encoder.deltas().map(({ handle }) => handle.id);
      if (left.join() !== [first.id, again.id].join()) throw new Error(`pushed are ${left.join()}`);
      encoder.popDelta(first);
      encoder.popDelta(again);
      requireAlike('none', await outputsOf(encoder), base, 0);
      if (encoder.deltas().length > 0) throw new Error('deltas are left');
    },
  },
  {
    name: 'a dense delta, a low-rank one and a high stack of them are the same change, and each can go',
    run: async (encoder, { same }) => {
      const base = await outputsOf(encoder);
      for (const site of sampledSites(encoder)) {
        const { dOut, dIn } = site;
        const low = lowRankDelta(site, 1, 11);
        const handle = encoder.pushDelta(site.id, low);
        const edited = await outputsOf(encoder);
        encoder.popDelta(handle);
        const dense = encoder.pushDelta(site.id, { kind: 'dense', dOut, dIn, delta: denseOf(low) });
        requireAlike(`a dense delta of ${site.id}`, await outputsOf(encoder), edited, same);
        encoder.popDelta(dense);
        // More rank than an encoder would run as factors: the same matrix in many parts.
        const parts = Math.ceil(Math.min(dOut, dIn) / 2);
        const part = { ...low, u: (low.kind === 'lowRank' ? low.u : new Float32Array()).map((value) => value / parts) };
        const stack = Array.from({ length: parts }, () => encoder.pushDelta(site.id, part));
        requireAlike(`a stack of ${parts} at ${site.id}`, await outputsOf(encoder), edited, same);
        for (const each of stack) encoder.popDelta(each);
        requireAlike(`${site.id} afterwards`, await outputsOf(encoder), base, 0);
      }
    },
  },
  {
    name: 'a pushed delta is a copy',
    run: async (encoder) => {
      const site = firstSite(encoder);
      const delta = lowRankDelta(site, 1, 5);
      if (delta.kind !== 'lowRank') throw new Error('not a low-rank delta');
      encoder.pushDelta(site.id, delta);
      const edited = await outputsOf(encoder);
      delta.u.fill(1000);
      encoder.pushDelta(site.id, lowRankDelta(site, 1, 6));
      encoder.popDelta(encoder.deltas()[1]!.handle);
      requireAlike('after the caller`s array changed', await outputsOf(encoder), edited, 0);
    },
  },
];
