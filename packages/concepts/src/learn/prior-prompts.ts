import type { TextEncoder } from '@mokus/core';

/**
 * Names of things that a text-to-image model is likely to have seen, of many kinds. What is not to be forgotten is more
 * than what is listed; it is a sample.
 */
export const everydayThings: readonly string[] = [
  'dog cat horse cow pig sheep goat rabbit mouse lion tiger bear fox wolf deer elephant giraffe zebra camel monkey gorilla',
  'panda koala kangaroo chicken duck goose eagle owl penguin parrot swan fish shark whale dolphin octopus crab lobster',
  'turtle snake lizard frog crocodile snail spider butterfly dinosaur dragon unicorn rose tulip sunflower mushroom cactus',
  'tree apple pear peach banana lemon pineapple strawberry watermelon tomato carrot potato corn onion bread cheese egg',
  'pizza hamburger sandwich cake candy popcorn coffee milk wine beer house castle church bridge fountain tower car taxi',
  'bus truck tractor train bicycle motorcycle airplane helicopter rocket boat ship anchor sun moon rainbow snowflake fire',
  'umbrella balloon gift candle lamp book pencil scissors key hammer axe shovel bucket broom chair table bed clock radio',
  'television telephone camera laptop guitar piano violin trumpet drum flute bell football basketball baseball tennis kite',
  'shoe hat shirt dress crown ring helmet microscope telescope magnet syringe robot ghost clown skull heart brain flag',
].flatMap((line) => line.split(' '));

export interface PriorPromptOptions {
  /** The captions that a concept is learned with: a name stands in each in its place. */
  readonly captions: readonly string[];
  /** Its own pictures are among those kept, as in DreamBooth. Default: none. */
  readonly className?: string | undefined;
  /** Default: {@link everydayThings}. */
  readonly names?: readonly string[] | undefined;
  /** Default: 80. */
  readonly count?: number | undefined;
}

/**
 * Prompts of other things, in the words in which a concept is learned, so that only the name tells them apart: the name
 * stands for `{anchor}`, and `{class}` is left out. The class comes first, then the names that are the fewest tokens, which
 * are those that the model knows best. Captions take turns.
 */
export function priorPrompts(
  encoder: TextEncoder,
  { captions, className = '', names = everydayThings, count = 80 }: PriorPromptOptions,
): readonly string[] {
  const fill = (caption: string, name: string): string =>
    caption
      .replaceAll('{anchor}', () => name)
      .replaceAll('{class}', '')
      .replace(/\s+/g, ' ')
      .trim();
  const [first = '{anchor}'] = captions;
  const tokens = (name: string): number => encoder.tokenize(fill(first, name), { template: 'raw' }).ids.length;
  const known = names
    .filter((name) => name !== className)
    .map((name) => ({ name, tokens: tokens(name) }))
    .sort((a, b) => a.tokens - b.tokens)
    .map(({ name }) => name);
  const chosen = (className === '' ? known : [className, ...known]).slice(0, count);
  return chosen.map((name, at) => fill(captions[at % captions.length] ?? first, name));
}
