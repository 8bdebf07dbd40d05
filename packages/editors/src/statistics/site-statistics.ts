import { MokusError, type PromptTemplate, type SecondMoment } from '@mokus/core';
import { momentRidge, type Ridge } from '../solvers/ridge.js';
import { Spectrum } from '../solvers/spectrum.js';
import type { PromptRows } from './prompt-batches.js';

/** Running sums over the keys of both. */
function addMoments(a: SecondMoment, b: SecondMoment): SecondMoment {
  return { dIn: a.dIn, count: a.count + b.count, sum: a.sum.map((value, index) => value + b.sum[index]!) };
}

export interface SiteStatisticsContents {
  /** Fingerprint of the text encoder that the keys were read from. */
  readonly baseModel: string;
  readonly template: PromptTemplate;
  /** The rows whose keys were summed. Default: 'answer'. */
  readonly rows?: PromptRows | undefined;
  /** By the sites' input group. */
  readonly moments: ReadonlyMap<string, SecondMoment>;
}

/**
 * C = E[k k^T] of the keys that a model's sites read at the answer rows, or all rows, of a general corpus: what an edit
 * should leave alone. Computed once a model (`secondMoments`), shared by any number of edits; plain data that merges by addition.
 */
export class SiteStatistics {
  readonly baseModel: string;
  readonly template: PromptTemplate;
  readonly rows: PromptRows;
  readonly moments: ReadonlyMap<string, SecondMoment>;
  /** The last factorisation of each group: edits of one session use the same lambda and mu. */
  private readonly ridges = new Map<string, { readonly lambda: number; readonly mu: number; readonly ridge: Ridge }>();
  private readonly spectra = new Map<string, Spectrum>();

  constructor(contents: SiteStatisticsContents) {
    this.baseModel = contents.baseModel;
    this.template = contents.template;
    this.rows = contents.rows ?? 'answer';
    this.moments = contents.moments;
  }

  /**
   * The statistics of both corpora together. Throws MokusError `base-model` for another model, `input` for another
   * template, other rows or other sites.
   */
  merge(other: SiteStatistics): SiteStatistics {
    if (other.baseModel !== this.baseModel) {
      throw new MokusError(
        'base-model',
        'statistics of two different text encoders cannot be merged: run secondMoments on one',
      );
    }
    if (other.template !== this.template) {
      throw new MokusError(
        'input',
        `statistics under the template '${this.template}' and under '${other.template}' cannot be merged: run secondMoments with one`,
      );
    }
    if (other.rows !== this.rows) {
      throw new MokusError(
        'input',
        `statistics of '${this.rows}' rows and of '${other.rows}' rows cannot be merged: run secondMoments with one`,
      );
    }
    const groups = new Set([...this.moments.keys(), ...other.moments.keys()]);
    const moments = new Map<string, SecondMoment>();
    for (const group of groups) {
      moments.set(group, addMoments(this.moment(group), other.moment(group)));
    }
    return new SiteStatistics({ baseModel: this.baseModel, template: this.template, rows: this.rows, moments });
  }

  /** lambda I + mu C of an input group, factored once. Throws MokusError `input` for a group that has no statistics. */
  ridge(group: string, lambda: number, mu: number): Ridge {
    const known = this.ridges.get(group);
    if (known !== undefined && known.lambda === lambda && known.mu === mu) return known.ridge;
    const { sum, count, dIn } = this.moment(group);
    const ridge = momentRidge(sum, dIn, lambda, mu / count);
    this.ridges.set(group, { lambda, mu, ridge });
    return ridge;
  }

  /** The eigenvectors of C of an input group, decomposed once. Throws as {@link ridge}. */
  spectrum(group: string): Spectrum {
    let spectrum = this.spectra.get(group);
    if (spectrum === undefined) {
      const { sum, count, dIn } = this.moment(group);
      spectrum = new Spectrum(
        sum.map((value) => value / count),
        dIn,
      );
      this.spectra.set(group, spectrum);
    }
    return spectrum;
  }

  private moment(group: string): SecondMoment {
    const moment = this.moments.get(group);
    if (moment === undefined || moment.count === 0) {
      throw new MokusError(
        'input',
        `the statistics hold no keys of the sites that read '${group}': run secondMoments over the sites that are edited`,
        { field: 'statistics' },
      );
    }
    return moment;
  }
}
