/** Folders on a disk: the hub's layout with links, folders that are read-only, files that change or are none. */
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, realpath, rename, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { refusalOf } from '@mokus/core/testing';
import { describe, expect, it } from 'vitest';
import { checkpointFiles, fileSource, nodeFolder, readModelIndex } from '../src/node/index.js';
import { temporaryFolder, writeFiles } from './support/temporary-folder.js';
import { indexOf, tensorFile } from './support/tensors.js';

describe('a folder', () => {
  it('gives configs, components and whether files exist', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, {
      'vae/config.json': '{"z_dim":4}',
      'vae/model.safetensors': await tensorFile({ a: [1] }),
    });
    const files = checkpointFiles(await nodeFolder(pathToFileURL(folder)));
    expect(files.name).toBe(folder);
    expect(await files.readJson('vae/config.json')).toEqual({ z_dim: 4 });
    expect(await files.exists('vae/config.json')).toBe(true);
    expect(await files.exists('vae/missing.json')).toBe(false);
    expect(await files.exists('vae/config.json/below')).toBe(false);
    expect(await files.exists('vae')).toBe(false);
    expect((await files.weights('vae')).get('a')?.source.filePath).toBe(join(folder, 'vae/model.safetensors'));
  });

  it('that is missing, or a file, is refused', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, { file: '' });
    for (const path of [join(folder, 'missing'), join(folder, 'file')]) {
      expect(await refusalOf(() => nodeFolder(path))).toMatchObject({ code: 'checkpoint', details: { file: path } });
    }
  });

  it('is never left by a path', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, { 'secret.json': '{}', 'model/config.json': '{}' });
    const files = checkpointFiles(await nodeFolder(join(folder, 'model')));
    for (const path of [
      '../secret.json',
      join(folder, 'secret.json'),
      'a/../../secret.json',
      '..\\secret.json',
      '',
      'a\u0000',
      'a\u001b[31m',
      'a\u007f',
      'a\u009b31m',
      '.',
    ]) {
      const { code, message } = await refusalOf(() => files.exists(path));
      expect(code).toBe('checkpoint');
      expect(message).not.toMatch(/\p{Cc}/u);
      expect((await refusalOf(() => files.readJson(path))).code).toBe('checkpoint');
    }
    await writeFiles(folder, {
      'model/x/model.safetensors.index.json': indexOf({ a: '../../other.safetensors' }),
      'other.safetensors': await tensorFile({ a: [1] }),
    });
    expect((await refusalOf(() => files.weights('x'))).message).toContain('does not stay inside the folder');
  });

  it("is read through the links of the hub's cache, giving the blobs' own paths", async () => {
    const cache = await temporaryFolder();
    await writeFiles(cache, { 'blobs/aaaa': await tensorFile({ a: [1] }), 'blobs/bbbb': '{"x":1}' });
    const snapshot = join(cache, 'snapshots/0123/text_encoder');
    await mkdir(snapshot, { recursive: true });
    await symlink('../../../blobs/aaaa', join(snapshot, 'model.safetensors'));
    await symlink('../../../blobs/bbbb', join(snapshot, 'config.json'));
    await symlink('snapshots/0123', join(cache, 'current'));
    const files = checkpointFiles(await nodeFolder(join(cache, 'current')));
    expect(await files.readJson('text_encoder/config.json')).toEqual({ x: 1 });
    const entry = (await files.weights('text_encoder')).get('a');
    expect(entry?.source.filePath).toBe(await realpath(join(cache, 'blobs/aaaa')));
    expect(await entry?.source.read(entry.offset, entry.length)).toEqual(new Uint8Array(Float32Array.of(1).buffer));
  });

  it('with a link to nothing, or to itself, says so', async () => {
    const folder = await temporaryFolder();
    await symlink('blobs/gone', join(folder, 'a.json'));
    await symlink('b.json', join(folder, 'b.json'));
    const files = checkpointFiles(await nodeFolder(folder));
    expect(await files.exists('a.json')).toBe(false);
    expect(await files.exists('b.json')).toBe(false);
    expect((await refusalOf(() => files.readJson('a.json'))).message).toContain('link to nothing');
    expect((await refusalOf(() => files.readJson('b.json'))).message).toContain('leads back to itself');
  });

  it('that is read-only is read all the same', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, { 'x/model.safetensors': await tensorFile({ a: [1] }) });
    await chmod(join(folder, 'x/model.safetensors'), 0o444);
    await chmod(join(folder, 'x'), 0o555);
    const weights = await checkpointFiles(await nodeFolder(folder)).weights('x');
    expect(weights.get('a')?.length).toBe(4);
    await chmod(join(folder, 'x'), 0o755);
  });
});

describe('JSON', () => {
  it.each([
    ['broken', '{"a":', /is not JSON \(/],
    ['empty', '', /is not JSON/],
    ['a command to the terminal', '\u001b[31m', /is not JSON \(.*\[31m/],
    ['with a byte order mark', '\ufeff{}', /is not JSON/],
    ['not UTF-8', Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d), /is not UTF-8/],
  ])('that is %s is refused', async (_, content, message) => {
    const folder = await temporaryFolder();
    await writeFiles(folder, { 'vae/config.json': content });
    const files = checkpointFiles(await nodeFolder(folder));
    const error = await refusalOf(() => files.readJson('vae/config.json'));
    expect(error).toMatchObject({ code: 'checkpoint', details: { file: 'vae/config.json' } });
    expect(error.message).toContain(join(folder, 'vae/config.json'));
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('\u001b');
  });

  it('that is too large is refused before it is read', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, { 'config.json': '' });
    await truncate(join(folder, 'config.json'), 2 ** 32);
    const files = checkpointFiles(await nodeFolder(folder));
    expect((await refusalOf(() => files.readJson('config.json'))).message).toContain('4294967296 bytes');
  });
});

describe('model_index.json', () => {
  it('names components and their classes', async () => {
    const folder = await temporaryFolder();
    const index = {
      _class_name: 'QwenImagePipeline',
      _diffusers_version: '0.42.1',
      vae: ['diffusers', 'AutoencoderKLQwenImage'],
      safety_checker: [null, null],
      force_zeros: true,
    };
    await writeFiles(folder, { 'model_index.json': JSON.stringify(index) });
    const { className, components } = await readModelIndex(await nodeFolder(folder));
    expect(className).toBe('QwenImagePipeline');
    expect([...components]).toEqual([['vae', { library: 'diffusers', className: 'AutoencoderKLQwenImage' }]]);
  });

  it.each(['[]', '{}', '{"_class_name":1}'])('%s is refused', async (text) => {
    const folder = await temporaryFolder();
    await writeFiles(folder, { 'model_index.json': text });
    const error = await refusalOf(async () => readModelIndex(await nodeFolder(folder)));
    expect(error).toMatchObject({ code: 'checkpoint', details: { file: 'model_index.json', field: '_class_name' } });
  });
});

describe('a file', () => {
  it('that was replaced, changed or cut since it was opened is refused, never read as something else', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'f');
    const changes = [
      () => truncate(path, 3),
      () => writeFile(path, 'HELLO'),
      async () => {
        await writeFile(`${path}2`, 'hello');
        await rename(`${path}2`, path);
      },
    ];
    for (const change of changes) {
      await writeFile(path, 'hello');
      const source = await fileSource(path);
      expect(new TextDecoder().decode(await source.read(1, 3))).toBe('ell');
      await change();
      expect((await refusalOf(() => source.read(1, 1))).message).toContain('changed since it was opened');
    }
  });

  it('is read inside its bounds only', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, { f: 'hello' });
    const source = await fileSource(join(folder, 'f'));
    expect((await source.read(5, 0)).byteLength).toBe(0);
    for (const [offset, length] of [
      [-1, 1],
      [0, 6],
      [5, 1],
      [0.5, 1],
      [2 ** 60, 1],
    ] as const) {
      expect((await refusalOf(() => source.read(offset, length))).code).toBe('checkpoint');
    }
  });

  it('larger than 2 GiB is read at its end', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, { f: '' });
    await truncate(join(folder, 'f'), 5 * 2 ** 30);
    const source = await fileSource(join(folder, 'f'));
    expect(source.size).toBe(5 * 2 ** 30);
    expect(await source.read(source.size - 4, 4)).toEqual(new Uint8Array(4));
  });

  it.skipIf(process.platform === 'win32')('that is a pipe or a folder is refused, not waited for', async () => {
    const folder = await temporaryFolder();
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    for (const path of [join(folder, 'pipe'), folder]) {
      expect((await refusalOf(() => fileSource(path))).message).toContain('no regular file');
    }
  });

  it.skipIf(process.platform === 'win32')('that may not be read says so', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, { f: 'x' });
    await chmod(folder, 0o755);
    await chmod(join(folder, 'f'), 0o000);
    const error = await refusalOf(() => asNoSuperuser(async () => (await fileSource(join(folder, 'f'))).read(0, 1)));
    expect(error.message).toContain('may not be read');
  });
});

it.skipIf(process.platform === 'win32')(
  'a folder below that may not be read says so when files are listed',
  async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, { 'vae/config.json': '{}' });
    await chmod(folder, 0o755);
    await chmod(join(folder, 'vae'), 0o000);
    const source = await nodeFolder(folder);
    const error = await refusalOf(() => asNoSuperuser(async () => source.files?.()));
    await chmod(join(folder, 'vae'), 0o755);
    expect([error.code, error.details.file]).toEqual(['checkpoint', join(folder, 'vae')]);
    expect(error.message).toContain('may not be read');
  },
);

/** The superuser may read everything: becomes someone else for the moment. */
async function asNoSuperuser<T>(work: () => Promise<T>): Promise<T> {
  const isSuperuser = process.geteuid?.() === 0;
  if (isSuperuser) process.seteuid?.(65534);
  try {
    return await work();
  } finally {
    if (isSuperuser) process.seteuid?.(0);
  }
}
