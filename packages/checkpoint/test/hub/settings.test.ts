/** Environment variables and patterns, against what Python's huggingface_hub makes of them (tools/hub/cross_check.py). */
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { refusalOf } from '@mokus/core/testing';
import { describe, expect, it } from 'vitest';
import { matchesAny } from '../../src/hub/file-patterns.js';
import { hubSettings } from '../../src/node/hub/settings.js';
import witness from '../fixtures/hub-python.json';
import { temporaryFolder, writeFiles } from '../support/temporary-folder.js';

const token = 'hf_abc';

describe("what Python's huggingface_hub makes of the environment", () => {
  for (const { environment, expected } of witness.environments) {
    it(JSON.stringify(environment), async () => {
      const variables: Readonly<Record<string, string | undefined>> = environment;
      const { cacheDir, endpoint, localFilesOnly } = await hubSettings({}, variables);
      expect({ cacheDir, endpoint, offline: localFilesOnly }).toEqual({
        cacheDir: expected.cacheDir.replace(/^~/, homedir()),
        endpoint: expected.endpoint,
        offline: expected.offline,
      });
      // Without a token in the environment a file of this machine may have one.
      if (expected.token !== null) expect((await hubSettings({}, variables)).token).toBe(expected.token);
    });
  }
});

it("patterns match what Python's do", () => {
  for (const [pattern, expected] of Object.entries(witness.patterns)) {
    expect([pattern, witness.paths.filter(matchesAny([pattern]))]).toEqual([pattern, expected]);
  }
  expect(() => matchesAny(['[z-a]'])).toThrow('"[z-a]" is no pattern');
});

describe('the cache', () => {
  it('is not the working directory for an empty variable', async () => {
    const environment = { HF_HUB_CACHE: '', HF_HOME: '', XDG_CACHE_HOME: '/x' };
    expect((await hubSettings({}, environment)).cacheDir).toBe('/x/huggingface/hub');
  });

  it('cacheDir comes first', async () => {
    const environment = { HF_HUB_CACHE: '/new' };
    expect((await hubSettings({ cacheDir: 'here' }, environment)).cacheDir).toBe(resolve('here'));
    expect((await hubSettings({ cacheDir: '~/there' }, environment)).cacheDir).toBe(join(homedir(), 'there'));
  });
});

describe('the token', () => {
  const tokenOf = async (environment: Record<string, string>, options = {}): Promise<string | undefined> =>
    (await hubSettings(options, { HF_HOME: '/nowhere', ...environment })).token;

  it('comes from the option, HF_TOKEN, or the file', async () => {
    const home = await temporaryFolder();
    await writeFiles(home, { token: ' from-home\n', other: 'from-path' });
    expect(await tokenOf({})).toBe(undefined);
    expect(await tokenOf({ HF_HOME: home })).toBe('from-home');
    expect(await tokenOf({ HF_HOME: home, HF_TOKEN_PATH: join(home, 'other') })).toBe('from-path');
    expect(await tokenOf({ HF_HOME: home, HF_TOKEN: `\n${token} ` })).toBe(token);
    expect(await tokenOf({ HF_HOME: home, HUGGING_FACE_HUB_TOKEN: token })).toBe(token);
    expect(await tokenOf({ HF_TOKEN: 'env' }, { token })).toBe(token);
    expect(await tokenOf({ HF_TOKEN: 'env' }, { token: false })).toBe(undefined);
    expect(await tokenOf({ HF_TOKEN: 'env', HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' })).toBe(undefined);
    expect(await tokenOf({ HF_TOKEN: 'env', HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' }, { token })).toBe(token);
    expect(await tokenOf({ HF_TOKEN: 'env', HF_HUB_OFFLINE: '1' })).toBe(undefined);
  });

  it('in a file that cannot be read is an error', async () => {
    const home = await temporaryFolder();
    await mkdir(join(home, 'token'));
    expect(await refusalOf(() => tokenOf({ HF_HOME: home }))).toMatchObject({ code: 'config' });
  });
});

describe('the rest', () => {
  it('HF_HUB_OFFLINE is not overruled by a call, as in Python', async () => {
    expect((await hubSettings({ localFilesOnly: false }, { HF_HUB_OFFLINE: '1' })).localFilesOnly).toBe(true);
    expect((await hubSettings({ localFilesOnly: true }, {})).localFilesOnly).toBe(true);
  });

  it('the endpoint comes from the option first, and is an address without secrets', async () => {
    expect((await hubSettings({ endpoint: 'http://b' }, { HF_ENDPOINT: 'http://a' })).endpoint).toBe('http://b');
    for (const wrong of ['mirror', 'ftp://a', 'https://user:secret@a']) {
      const error = await refusalOf(() => hubSettings({}, { HF_ENDPOINT: wrong }));
      expect(error).toMatchObject({ code: 'input' });
      expect(error.message).not.toContain('secret');
    }
  });
});
