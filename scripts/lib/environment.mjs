/** The environment of npm and pnpm: no install script fetches CUDA. */
import { accessSync, constants, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { root } from './run.mjs';

function homeIsUsable() {
  try {
    accessSync(homedir(), constants.W_OK);
    return homedir() !== '';
  } catch {
    return false;
  }
}

export function environment() {
  const env = {
    npm_config_update_notifier: 'false',
    ONNXRUNTIME_NODE_INSTALL: 'skip',
  };
  // Package caches live in HOME; where there is none, inside the repository, ignored by git.
  if (!homeIsUsable()) {
    env.HOME = join(root, '.cache', 'home');
    mkdirSync(env.HOME, { recursive: true });
  }
  return env;
}
