/** The environment variables of Python's huggingface_hub; tools/hub checks the same table against Python itself. */
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { refusalOf } from '@mokus/core/testing';
import { describe, expect, it } from 'vitest';
import { hubSettings } from '../../src/node/hub/settings.js';
import { temporaryFolder, writeFiles } from '../support/temporary-folder.js';

const token = 'hf_abc';

describe('the cache', () => {
  for (const [name, environment, expected] of [
    ['by default', {}, join(homedir(), '.cache/huggingface/hub')],
    ['XDG_CACHE_HOME', { XDG_CACHE_HOME: '/x' }, '/x/huggingface/hub'],
    ['HF_HOME', { HF_HOME: '/h', XDG_CACHE_HOME: '/x' }, '/h/hub'],
    ['HUGGINGFACE_HUB_CACHE', { HUGGINGFACE_HUB_CACHE: '/old', HF_HOME: '/h' }, '/old'],
    ['HF_HUB_CACHE', { HF_HUB_CACHE: '/new', HUGGINGFACE_HUB_CACHE: '/old', HF_HOME: '/h' }, '/new'],
    ['~ alone', { HF_HUB_CACHE: '~' }, homedir()],
    ['~ in front', { HF_HOME: '~/models' }, join(homedir(), 'models/hub')],
    ['~ elsewhere', { HF_HUB_CACHE: '/a/~/b' }, '/a/~/b'],
    ['~ of somebody', { HF_HUB_CACHE: '/~name' }, '/~name'],
    ['a variable', { HF_HOME: '$DISK/hf', DISK: '/d' }, '/d/hf/hub'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's braces are meant
    ['a variable in braces', { HF_HUB_CACHE: '/a/${DISK}b', DISK: 'd' }, '/a/db'],
    ['a variable that is not set', { HF_HUB_CACHE: '/a/$NONE' }, '/a/$NONE'],
    ['an empty variable', { HF_HUB_CACHE: '', HF_HOME: '', XDG_CACHE_HOME: '/x' }, '/x/huggingface/hub'],
  ] as const) {
    it(name, async () => expect((await hubSettings({}, environment)).cacheDir).toBe(expected));
  }

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
  it('HF_HUB_OFFLINE and TRANSFORMERS_OFFLINE are true for 1, on, yes and true', async () => {
    const offline = async (environment: Record<string, string>, options = {}): Promise<boolean> =>
      (await hubSettings(options, environment)).localFilesOnly;
    for (const value of ['1', 'on', 'YES', 'True']) expect(await offline({ HF_HUB_OFFLINE: value })).toBe(true);
    for (const value of ['0', '', 'off', '2']) expect(await offline({ HF_HUB_OFFLINE: value })).toBe(false);
    expect(await offline({ TRANSFORMERS_OFFLINE: '1' })).toBe(true);
    expect(await offline({ HF_HUB_OFFLINE: '0', TRANSFORMERS_OFFLINE: '1' })).toBe(false);
    expect(await offline({}, { localFilesOnly: true })).toBe(true);
    // As in Python: what forbids the network is not overruled by a call.
    expect(await offline({ HF_HUB_OFFLINE: '1' }, { localFilesOnly: false })).toBe(true);
  });

  it('HF_ENDPOINT is the hub, without its last slash', async () => {
    expect((await hubSettings({}, {})).endpoint).toBe('https://huggingface.co');
    expect((await hubSettings({}, { HF_ENDPOINT: 'http://mirror:8080/hf/' })).endpoint).toBe('http://mirror:8080/hf');
    expect((await hubSettings({ endpoint: 'http://b' }, { HF_ENDPOINT: 'http://a' })).endpoint).toBe('http://b');
    for (const wrong of ['mirror', 'ftp://a', 'https://user:secret@a']) {
      const error = await refusalOf(() => hubSettings({}, { HF_ENDPOINT: wrong }));
      expect(error).toMatchObject({ code: 'input' });
      expect(error.message).not.toContain('secret');
    }
  });
});
