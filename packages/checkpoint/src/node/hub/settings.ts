import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { MokusError, type RunOptions } from '@mokus/core';
import { checkAddress } from '../../hub/http-address.js';
import { checkRevision, defaultEndpoint, defaultRevision } from '../../hub/repository.js';
import { systemErrorCode } from '../disk-error.js';

/** What is asked of the hub; each default is the one of Python's huggingface_hub, environment variables included. */
export interface HubOptions extends RunOptions {
  /** A branch, tag or commit. Default `main`. */
  readonly revision?: string | undefined;
  /** Default HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME/hub, XDG_CACHE_HOME/huggingface/hub, ~/.cache/huggingface/hub. */
  readonly cacheDir?: string | undefined;
  /** Whether to use what lies in the cache and no network. Default: as HF_HUB_OFFLINE says. */
  readonly localFilesOnly?: boolean | undefined;
  /** `false` sends none. Default HF_TOKEN, or the file HF_TOKEN_PATH (HF_HOME/token), unless HF_HUB_DISABLE_IMPLICIT_TOKEN. */
  readonly token?: string | false | undefined;
  /** Address of the hub. Default HF_ENDPOINT. */
  readonly endpoint?: string | undefined;
  /** How often a request that failed for a passing reason is made again. Default 4. */
  readonly retries?: number | undefined;
}

/** Options with everything decided. */
export interface HubSettings {
  readonly endpoint: string;
  readonly cacheDir: string;
  readonly revision: string;
  readonly localFilesOnly: boolean;
  readonly token: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Decides what the options leave open by the environment, as Python's huggingface_hub does; an empty variable counts as
 * one that is not set.
 *
 * @throws MokusError `input` (revision, endpoint), `config` (a token file that cannot be read)
 */
export async function hubSettings(options: HubOptions, environment: Environment = process.env): Promise<HubSettings> {
  const home = expand(
    environment.HF_HOME || join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface'),
    environment,
  );
  const cache = environment.HF_HUB_CACHE || environment.HUGGINGFACE_HUB_CACHE || join(home, 'hub');
  const tokenFile = environment.HF_TOKEN_PATH || join(home, 'token');
  const isOffline = isTrue(environment.HF_HUB_OFFLINE || environment.TRANSFORMERS_OFFLINE);
  const localFilesOnly = options.localFilesOnly === true || isOffline;
  const implicit = async (): Promise<string | undefined> =>
    isTrue(environment.HF_HUB_DISABLE_IMPLICIT_TOKEN)
      ? undefined
      : clean(environment.HF_TOKEN || environment.HUGGING_FACE_HUB_TOKEN) ||
        clean(await readIfThere(expand(tokenFile, environment)));
  return {
    endpoint: checkAddress(options.endpoint ?? (environment.HF_ENDPOINT || defaultEndpoint)).replace(/\/+$/, ''),
    cacheDir: resolve(expand(options.cacheDir ?? cache, environment)),
    revision: checkRevision(options.revision ?? defaultRevision),
    localFilesOnly,
    token: localFilesOnly || options.token === false ? undefined : (options.token ?? (await implicit())),
  };
}

/** `~`, `$NAME` and `${NAME}` as Python's expanduser and expandvars have them: an unknown name stays as it is. */
function expand(path: string, environment: Environment): string {
  const withHome = path.replace(/^~(?=$|[/\\])/, () => homedir());
  return withHome.replace(/\$(?:(\w+)|\{([^}]*)\})/g, (whole, plain, braced) => environment[plain ?? braced] ?? whole);
}

function isTrue(value: string | undefined): boolean {
  return ['1', 'ON', 'YES', 'TRUE'].includes(value?.toUpperCase() ?? '');
}

function clean(token: string | undefined): string | undefined {
  return token?.replace(/[\r\n]/g, '').trim() || undefined;
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(cause) ?? '')) return undefined;
    throw new MokusError('config', `the token file ${file} cannot be read; mend it, or give token: false`, {
      file,
      cause,
    });
  }
}
