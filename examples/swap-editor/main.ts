/**
 * The same edit with other parts: what each variant answers before and after.
 *
 *   npx tsx examples/swap-editor/main.ts
 */
import { answers, variants } from './variants.js';

const rows: Record<string, { before: string; after: string }> = {};
for (const [name, rebind] of Object.entries(variants)) rows[name] = await answers(rebind);
console.table(rows);
