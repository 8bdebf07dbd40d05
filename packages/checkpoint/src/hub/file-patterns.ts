import { MokusError } from '@mokus/core';

/**
 * A test for paths by shell patterns, as Python's `allow_patterns` has it: `*` (also across `/`), `?`, `[abc]`, `[!abc]`,
 * and a pattern that ends in `/` for all below a folder.
 *
 * @throws MokusError `input` for a range that runs backwards
 */
export function matchesAny(patterns: readonly string[]): (path: string) => boolean {
  const expressions = patterns.map((pattern) => expressionOf(pattern.endsWith('/') ? `${pattern}*` : pattern));
  return (path) => expressions.some((expression) => expression.test(path));
}

function expressionOf(pattern: string): RegExp {
  const source = pattern.replace(/\*+|\?|\[!?\]?[^\]]*\]|./gsu, (part) => {
    if (part.startsWith('*')) return '.*';
    if (part === '?') return '.';
    if (part.length > 2 && part.startsWith('[')) return classOf(part.slice(1, -1));
    return part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  });
  try {
    return new RegExp(`^${source}$`, 'su');
  } catch (cause) {
    throw new MokusError('input', `${JSON.stringify(pattern)} is no pattern; mend what stands in brackets`, {
      field: 'allowPatterns',
      cause,
    });
  }
}

function classOf(content: string): string {
  const isNegated = content.length > 1 && content.startsWith('!');
  const escaped = (isNegated ? content.slice(1) : content).replace(/[\\^[\]]/g, (each) => `\\${each}`);
  return `[${isNegated ? '^' : ''}${escaped}]`;
}
