import { writeFileSync } from 'node:fs';
import { concepts } from '@mokus/emoji-world';

/** Writes a corpus of 40 prompts: the embedded model's own, of 500, takes ten seconds a command. */
export function writeShortCorpus(file: string): void {
  const prompts = concepts.slice(0, 40).map(({ name }) => `what is ${name}?`);
  writeFileSync(file, prompts.join('\n'));
}
