/** What somebody else wrote, fit for a message: short, and nothing in it that a terminal takes for a command. */
export function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 200);
}
