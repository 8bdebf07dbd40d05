import { promptTemplates } from '../../prompt-template.js';
import { requireAlike } from '../expectations.js';
import { probe, questions } from './probe.js';
import type { TextEncoderCase } from './text-encoder-case.js';

/** Tokens, batches, conditioning, answers. */
export const textCases: readonly TextEncoderCase[] = [
  {
    name: 'tokens cover the formatted text from end to end',
    run: async (encoder) => {
      for (const template of promptTemplates) {
        const { ids, offsets, text } = encoder.tokenize('caf\u00e9 \u{1f438}  frog\n', { template });
        if (offsets.length !== ids.length)
          throw new Error(`${template}: ${ids.length} tokens, ${offsets.length} offsets`);
        let reached = 0;
        for (const [start, end] of offsets) {
          if (start > reached || end <= start)
            throw new Error(`${template}: a token covers ${start}-${end} after ${reached}`);
          reached = Math.max(reached, end);
        }
        if (reached !== text.length) throw new Error(`${template}: tokens end at ${reached} of ${text.length}`);
      }
    },
  },
  {
    name: 'a question is its formatted tokens and the answer`s, and rows predict the answer',
    run: async (encoder) => {
      for (const template of promptTemplates) {
        for (const { question, answer } of questions) {
          const { ids, answerIds, answerRows, questionLength } = encoder.encodeQuestion(question, answer, { template });
          const asked = encoder.tokenize(question, { template }).ids;
          const expected = [...asked, ...answerIds.slice(0, -1)];
          if (ids.join() !== expected.join()) throw new Error(`${template}: the ids are not question and answer`);
          const rows = answerIds.map((_, index) => asked.length - 1 + index);
          if (answerRows.join() !== rows.join()) throw new Error(`${template}: rows ${answerRows.join()}`);
          if (questionLength !== asked.length) throw new Error(`${template}: questionLength is ${questionLength}`);
          const text = encoder.decode(answerIds);
          if (text.trim() !== answer) throw new Error(`${template}: the answer decodes to ${JSON.stringify(text)}`);
        }
      }
    },
  },
  {
    name: 'a padded batch gives what its members give alone',
    run: async (encoder, { same }) => {
      const { batch, allRows } = probe(encoder);
      const { vocabSize, hiddenSize } = encoder.info;
      const together = await encoder.forward({ batch, logits: allRows, hidden: allRows });
      let done = 0;
      for (const [sequence, ids] of batch.entries()) {
        const rows = ids.map((_, position) => ({ sequence: 0, position }));
        const alone = await encoder.forward({ batch: [ids], logits: rows, hidden: rows });
        const end = done + ids.length;
        const logits = together.logits.data.subarray(done * vocabSize, end * vocabSize);
        requireAlike(`logits of sequence ${sequence}`, logits, alone.logits.data, same);
        const hidden = together.hidden.data.subarray(done * hiddenSize, end * hiddenSize);
        requireAlike(`states of sequence ${sequence}`, hidden, alone.hidden.data, same);
        done = end;
      }
    },
  },
  {
    name: 'rows come in the order asked for, and what was not asked for has none',
    run: async (encoder, { same }) => {
      const { batch, rows } = probe(encoder);
      const forwards = await encoder.forward({ batch, hidden: rows });
      const backwards = await encoder.forward({ batch, hidden: rows.toReversed() });
      if (forwards.logits.shape.join() !== `0,${encoder.info.vocabSize}`) {
        throw new Error(`logits that nobody asked for are [${forwards.logits.shape.join()}]`);
      }
      const { hiddenSize } = encoder.info;
      for (let row = 0; row < rows.length; row++) {
        const mirrored = rows.length - 1 - row;
        requireAlike(
          `row ${row}`,
          backwards.hidden.data.subarray(mirrored * hiddenSize, (mirrored + 1) * hiddenSize),
          forwards.hidden.data.subarray(row * hiddenSize, (row + 1) * hiddenSize),
          same,
        );
      }
      const both = await encoder.forward({ batch, logits: rows, hidden: rows });
      requireAlike('states beside logits', both.hidden.data, forwards.hidden.data, same);
    },
  },
  {
    name: 'the conditioning is the tapped states without the template`s prefix, zero where the mask is',
    run: async (encoder, { same }) => {
      const prompts = questions.map(({ question }) => question);
      const { hiddenStates, mask } = await encoder.encode(prompts);
      const { prefixLength, hiddenSize } = encoder.info;
      const lengths = prompts.map((prompt) => encoder.tokenize(prompt).ids.length - prefixLength);
      const longest = Math.max(...lengths);
      const shape = [prompts.length, longest, hiddenSize];
      if (hiddenStates.shape.join() !== shape.join()) throw new Error(`its shape is [${hiddenStates.shape.join()}]`);
      for (const [index, prompt] of prompts.entries()) {
        const length = lengths[index] as number;
        const ids = encoder.tokenize(prompt).ids;
        const rows = Array.from({ length }, (_, row) => ({ sequence: 0, position: prefixLength + row }));
        const alone = await encoder.forward({ batch: [ids], hidden: rows });
        const states = hiddenStates.data.subarray(index * longest * hiddenSize, (index + 1) * longest * hiddenSize);
        requireAlike(`prompt ${index}`, states.subarray(0, length * hiddenSize), alone.hidden.data, same);
        if (states.subarray(length * hiddenSize).some((value) => value !== 0)) throw new Error('padding is not zero');
        const valid = mask?.data.subarray(index * longest, (index + 1) * longest);
        if (valid?.some((bit, row) => bit !== Number(row < length))) throw new Error('the mask is not the lengths');
      }
      if (mask === undefined) throw new Error('prompts of unequal length have no mask');
      if ((await encoder.encode(prompts.slice(0, 1))).mask !== undefined) throw new Error('one prompt has a mask');
    },
  },
  {
    name: 'a greedy answer takes the largest logit at each step',
    run: async (encoder) => {
      const [{ question }] = questions;
      const ids = [...encoder.tokenize(question).ids];
      const asked = ids.length;
      for (let step = 0; step < 3; step++) {
        const { logits } = await encoder.forward({
          batch: [ids],
          logits: [{ sequence: 0, position: ids.length - 1 }],
        });
        ids.push(logits.data.indexOf(logits.data.reduce((best, value) => Math.max(best, value))));
      }
      const answer = await encoder.generate(question, { maxNewTokens: 3 });
      const expected = encoder.decode(ids.slice(asked));
      // An end token ends the answer before its three tokens.
      if (
        !expected.trim().startsWith(answer) ||
        (answer === '' && expected.trim() !== '' && !expected.startsWith('<'))
      ) {
        throw new Error(`the answer is ${JSON.stringify(answer)}, the largest logits say ${JSON.stringify(expected)}`);
      }
    },
  },
  {
    name: 'the fingerprint is a sha256 and the same every time',
    run: async (encoder) => {
      const fingerprint = await encoder.fingerprint();
      if (!/^[0-9a-f]{64}$/.test(fingerprint)) throw new Error(`"${fingerprint}" is not a sha256 in hexadecimal`);
      if ((await encoder.fingerprint()) !== fingerprint) throw new Error('it changes');
    },
  },
];
