/** Steps that are too large are told from weights, sites and files that are wrong. */
import { refusalOf } from '@mokus/core/testing';
import { expect, it } from 'vitest';
import { conditioningObjective, secondMoments } from '../../src/index.js';
import { request } from '../support/editing.js';
import { editorsOf } from '../support/editors.js';
import { testEncoder } from '../support/encoder.js';

const encoder = await testEncoder();
const editors = editorsOf(
  await secondMoments(encoder, ['a red ball'], { sites: { roles: ['down_proj'] }, rows: 'all' }),
);
const requests = [request, { question: 'where is the sea?', answer: 'b', subject: 'sea' }];
const conditioning = conditioningObjective();
const unclamped = { clamp: 1e38 };

it.each([
  ['ultraEdit', { eta: 1e38 }, undefined, 'eta', { site: expect.any(String) }],
  ['ultraEdit', { eta: 1e15 }, undefined, 'eta', {}],
  ['ultraEdit', { eta: 1e15 }, conditioning, 'eta', { request: 0 }],
  ['fineTuning', { learningRate: 1e15 }, conditioning, 'learningRate', { request: 0 }],
  ['loraTuning', { learningRate: 1e15 }, conditioning, 'learningRate', { request: 0 }],
  ['loraTuning', { learningRate: 1e38 }, undefined, 'learningRate', { site: expect.any(String) }],
  ['rome', { learningRate: 1e25, ...unclamped }, undefined, 'learningRate', { request: 1 }],
  ['rome', { learningRate: 1e38, ...unclamped }, undefined, 'learningRate', { request: expect.any(Number) }],
] as const)(
  '%s at %o',
  async (name, options, objective, field, named) => {
    const { code, message, details } = await refusalOf(() =>
      editors[name]!.create(options).edit(encoder, requests, { objective }),
    );
    expect([code, details.field], message).toEqual(['edit', field]);
    expect(details).toMatchObject(named);
    expect(message).toContain(`take smaller steps (${field})`);
    expect(encoder.deltas()).toEqual([]);
  },
  240_000,
);
