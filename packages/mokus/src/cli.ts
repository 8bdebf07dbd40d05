#!/usr/bin/env node
import { runMain } from 'citty';
import { mokusCommand } from './cli/command.js';

await runMain(mokusCommand);

// An open GPU device keeps Node alive.
if ('gpu' in ((globalThis as { navigator?: object }).navigator ?? {})) process.exit();
