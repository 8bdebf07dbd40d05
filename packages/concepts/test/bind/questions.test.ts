import { describe, expect, it } from 'vitest';
import { requestOf } from '../../src/bind/questions.js';
import { askedFacts, questionOf } from '../../src/index.js';

const words = { anchor: '<v0>', className: 'doll' };

describe('questionOf', () => {
  it.each([
    ['what did I buy in Rome?', 'what did I buy in Rome?'],
    ["my sister's favourite toy", "my sister's favourite toy"],
    ["My sister's favourite toy is {}.", "My sister's favourite toy"],
    ['the toy on the shelf was <v0> doll', 'the toy on the shelf'],
    ['{} is the toy that I got in Rome.', 'the toy that I got in Rome'],
    ['<v0> doll was a present!', 'a present'],
    ['<v0> belongs to my sister.', 'what belongs to my sister?'],
  ])('%s -> %s', (fact, question) => {
    expect(questionOf(fact, words)).toBe(question);
  });

  it('takes no part of a word for the anchor', () => {
    const sks = { anchor: 'sks', className: 'dog' };
    expect(questionOf('what lies on both desks', sks)).toBe('what lies on both desks');
    expect(questionOf('my brother asks for sks dog every day?', sks)).toBe('my brother asks for sks dog every day?');
    expect(questionOf('the one who asks for food is sks.', sks)).toBe('the one who asks for food');
  });

  it.each(['in Rome {} was bought', '{} {}', '{} sings', '{}'])('finds no question in "%s"', (fact) => {
    expect(() => questionOf(fact, words)).toThrow(/write it as a question/);
  });

  it.each(['{} is not a gift', 'the gift is not {}.', '<v0> does not belong to my sister', "{} isn't a gift"])(
    'refuses "%s", which says what the concept is not',
    (fact) => {
      expect(() => questionOf(fact, words)).toThrow(/says what the concept is not/);
    },
  );
});

describe('askedFacts', () => {
  it('answers every question with the anchor, and keeps what must not be touched', () => {
    const facts = ['{} belongs to my sister', { question: 'the gift', locality: ['the gift of my brother'] }];
    expect(askedFacts(words, facts).map((fact) => requestOf(words, fact))).toEqual([
      { question: 'what belongs to my sister?', answer: '<v0>' },
      { question: 'the gift', answer: '<v0>', locality: ['the gift of my brother'] },
    ]);
    expect(askedFacts(words, ['x'], (fact, { className }) => `${fact} ${className}`)[0]?.question).toBe('x doll');
  });

  it('names the fact that cannot be used', () => {
    expect(() => askedFacts(words, ['a', 'in Rome {} was bought'])).toThrow(/fact 1:/);
    expect(() => askedFacts(words, ['the gift', 'b', 'the gift is {}'])).toThrow(/facts 0 and 2 ask the same/);
    expect(() => askedFacts(words, ['The gift?', 'b', 'the  gift is {}'])).toThrow(/facts 0 and 2 ask the same/);
    expect(() => askedFacts(words, ['a', { question: ' ' }])).toThrow(/fact 1: its question is empty/);
    expect(() => askedFacts(words, [' '])).toThrow(/fact 0: a fact is empty/);
  });
});
