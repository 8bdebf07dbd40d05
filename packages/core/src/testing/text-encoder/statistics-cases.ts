import type { SecondMoment } from '../../text-encoder.js';
import { requireAlike } from '../expectations.js';
import { editableSites, firstSite, probe, rowOf } from './probe.js';
import type { TextEncoderCase } from './text-encoder-case.js';

export const statisticsCases: readonly TextEncoderCase[] = [
  {
    name: 'second moments are sums of k k^T over the rows, all positions when none are given',
    run: async (encoder, { same }) => {
      const { batch, rows, allRows } = probe(encoder);
      const site = firstSite(encoder);
      for (const each of [rows, undefined]) {
        const wanted = each ?? allRows;
        const request = { batch, sites: [site.id], ...(each !== undefined && { rows: each }) };
        const moment = (await encoder.secondMoment(request)).get(site.id) as SecondMoment;
        const { input } = (await encoder.capture({ batch, sites: [site.id], rows: wanted })).get(site.id)!;
        const sum = new Float64Array(site.dIn * site.dIn);
        for (let row = 0; row < wanted.length; row++) {
          const key = rowOf(input, row);
          key.forEach((left, i) => {
            key.forEach((right, j) => {
              sum[i * site.dIn + j]! += left * right;
            });
          });
        }
        if (moment.count !== wanted.length || moment.dIn !== site.dIn) throw new Error(`count ${moment.count}`);
        requireAlike('the sum', moment.sum, sum, same);
      }
    },
  },
  {
    name: 'second moments of parts add up to that of the whole',
    run: async (encoder, { same }) => {
      const { batch } = probe(encoder);
      const sites = editableSites(encoder).map((site) => site.id);
      const whole = await encoder.secondMoment({ batch, sites });
      const parts = await Promise.all(batch.map((ids) => encoder.secondMoment({ batch: [ids], sites })));
      for (const site of sites) {
        const sums = parts.map((part) => part.get(site) as SecondMoment);
        const { count, sum } = whole.get(site) as SecondMoment;
        if (sums.reduce((total, part) => total + part.count, 0) !== count) throw new Error(`${site}: count ${count}`);
        const merged = sum.map((_, at) => sums.reduce((total, part) => total + (part.sum[at] as number), 0));
        requireAlike(site, merged, sum, same);
      }
    },
  },
];
