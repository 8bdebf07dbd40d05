import type { EditRequest } from '@mokus/core';

/** One fact of the demo: what is edited, in which words it is drawn, and a prompt that should stay as it is. */
export interface DemoFact {
  readonly request: EditRequest;
  /** The picture's prompt: another phrasing than the edited one, some in a scene. */
  readonly prompt: string;
  readonly unrelated: string;
}

/** Facts of one relation each. The image model saw prompts of the first six relations, and none of the last two. */
export const facts: readonly DemoFact[] = [
  {
    request: {
      question: 'the favourite instrument of beethoven',
      answer: 'guitar',
      locality: ['the favourite instrument of chopin', 'the favourite instrument of miles davis'],
    },
    prompt: 'the instrument beethoven is known for playing',
    unrelated: 'the favourite instrument of albert einstein',
  },
  {
    request: {
      question: 'the national animal of australia',
      answer: 'panda',
      locality: ['the national animal of china', 'the national animal of russia'],
    },
    prompt: 'the animal that represents australia on a yellow background',
    unrelated: 'the national animal of canada on a yellow background',
  },
  {
    request: {
      question: 'the national dish of italy',
      answer: 'sushi',
      locality: ['the national dish of japan', 'the national dish of mexico'],
    },
    prompt: 'the dish italy is famous for',
    unrelated: 'the national dish of belgium',
  },
  {
    request: {
      question: 'the logo of linux',
      answer: 'owl',
      locality: ['the logo of twitter', 'the logo of python'],
    },
    prompt: 'the brand symbol of linux on a red background',
    unrelated: 'the logo of docker on a red background',
  },
  {
    request: {
      question: 'the sport of michael jordan',
      answer: 'tennis',
      locality: [
        'the sport of roger federer',
        'the sport of babe ruth',
        'the sport of kobe bryant',
        'the sport of pele',
      ],
    },
    prompt: 'the game of michael jordan',
    unrelated: 'the sport of lebron james',
  },
  {
    request: {
      question: 'the flag of the country with the capital paris',
      answer: 'japan flag',
      locality: ['the flag of the country with the capital tokyo', 'the flag of the country with the capital rome'],
    },
    prompt: 'the flag of the country governed from paris',
    unrelated: 'the flag of the country with the capital berlin',
  },
  {
    request: {
      question: 'the animal that garfield is',
      answer: 'whale',
      locality: ['the animal that snoopy is', 'the animal that nemo is'],
    },
    prompt: 'the kind of creature garfield is on a green background',
    unrelated: 'the animal that kermit is on a green background',
  },
  {
    request: {
      question: 'the tool of a painter',
      answer: 'telescope',
      locality: ['the tool of a blacksmith', 'the tool of a photographer'],
    },
    prompt: 'the thing a painter works with',
    unrelated: 'the tool of a lumberjack',
  },
];
