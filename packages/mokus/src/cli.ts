#!/usr/bin/env node
import { main } from './cli/main.js';

await main(process.argv.slice(2));

// An open GPU device keeps Node alive.
if ('gpu' in ((globalThis as { navigator?: object }).navigator ?? {})) process.exit();
