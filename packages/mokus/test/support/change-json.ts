import { readFile, writeFile } from 'node:fs/promises';

/** Changes a JSON file in place. */
export async function changeJson(file: string, change: (content: Record<string, unknown>) => void): Promise<void> {
  const content = JSON.parse(await readFile(file, 'utf8'));
  change(content);
  await writeFile(file, JSON.stringify(content));
}
