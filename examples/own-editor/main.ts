/**
 * An editor of one's own: it knows @mokus/core's TextEncoder and nothing else, and takes any objective.
 *
 *   npx tsx examples/own-editor/main.ts
 */
import { answerObjective } from '@mokus/editors';
import { modelFolder } from '@mokus/emoji-world';
import { fromPretrained } from 'mokus';
import { gradientStep } from './gradient-step.js';

const pipeline = await fromPretrained(modelFolder);
const { textEncoder } = pipeline.components;
const request = { question: 'the favourite instrument of beethoven', answer: 'guitar' };

const before = await textEncoder.generate(request.question);
const edit = await gradientStep({ objective: answerObjective() }).edit(textEncoder, [request]);
await pipeline.apply(edit);
const after = await textEncoder.generate(request.question);
await pipeline.dispose();

console.table([{ question: request.question, before, after }]);
