import type { CommandDef } from 'citty';
import { type BackendHealth, doctor } from '../doctor/doctor.js';
import { cliCommand, jsonArg } from './run-cli.js';

/** `mokus doctor`: which devices work here, and what the others lack. */
export const doctorCommand: CommandDef = cliCommand(
  { name: 'doctor', description: 'Which devices work here, and what the others lack' },
  jsonArg,
  async (_, { signal }) => {
    const report = await doctor(undefined, { signal });
    return { text: report.backends.map(describe).join('\n'), json: report };
  },
);

function describe({ device, works, problem, missing }: BackendHealth): string {
  if (works) return `${device}: works`;
  const parts = missing.map(({ part, why, mend }) => `  ${part}: ${why}\n    ${mend}`);
  // What is missing says more than the first error that comes of it.
  return [`${device}: does not work`, ...(parts.length > 0 ? parts : [`  ${problem}`])].join('\n');
}
