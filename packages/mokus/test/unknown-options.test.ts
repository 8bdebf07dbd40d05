/** A misspelt option is refused by its name before anything is read, written or fetched: callers may have no types. */
import { refusalOf } from '@mokus/core/testing';
import { afterAll, expect, it } from 'vitest';
import { fromPretrained, inspect, loadCustomization, loadEdit, pushToHub } from '../src/index.js';
import { tinyFolder } from './support/tiny-folder.js';

const pipeline = await fromPretrained(tinyFolder);
afterAll(() => pipeline.dispose());

const misspelt = { localFileOnly: true } as object;
const calls: Readonly<Record<string, () => Promise<unknown>>> = {
  fromPretrained: () => fromPretrained('someone/model', misspelt),
  inspect: () => inspect('someone/model', misspelt),
  loadEdit: () => loadEdit('someone/edit', misspelt),
  loadLoraWeights: () => pipeline.loadLoraWeights('someone/lora', misspelt),
  loadCustomization: () => pipeline.loadCustomization('someone/waldi', misspelt),
  'loadCustomization for a pipeline': () => loadCustomization('someone/waldi', pipeline, misspelt),
  pushToHub: () => pushToHub(tinyFolder, 'someone/copy', misspelt),
  'pushToHub of a pipeline': () => pipeline.pushToHub('someone/copy', misspelt),
  pushLoraToHub: () => pipeline.pushLoraToHub('someone/style', misspelt),
  savePretrained: () => pipeline.savePretrained('never-written', misspelt),
};

it.each(Object.entries(calls))('%s', async (name, call) => {
  const { code, details, message } = await refusalOf(call);
  expect([code, details.field]).toEqual(['input', 'localFileOnly']);
  expect(message).toContain(`${name.split(' ')[0]} has no option 'localFileOnly'; its options are `);
});
