/**
 * What the graph around the programs calls its values. A program's own are `PROGRAM/NUMBER` (BranchBuilder), in the same name
 * space: a colon keeps them apart, whatever a program is called.
 */
export function inputName(input: string): string {
  return `input:${input}`;
}

/** A weight as it is stored. */
export function weightName(weight: string): string {
  return `weight:${weight}`;
}
