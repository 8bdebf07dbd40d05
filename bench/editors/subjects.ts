import { emojiWorld } from './emoji-world.js';
import { smollm2 } from './smollm2.js';
import type { EditorsSubject } from './subject.js';

/** Models that editors are measured on; another one is another line here. */
export const subjects: Readonly<Record<string, () => Promise<EditorsSubject>>> = { 'emoji-world': emojiWorld, smollm2 };
