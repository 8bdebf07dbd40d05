#!/usr/bin/env node
import { runMain } from 'citty';
import { mokusCommand } from './cli/command.js';

await runMain(mokusCommand);
