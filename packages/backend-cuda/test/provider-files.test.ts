import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { missingCudaParts } from '../src/index.js';
import { runtimeFolder, runtimeVersion } from '../src/provider-files.js';
import { readSharedLibrary } from '../src/shared-library.js';
import { type LibraryParts, writeLibrary } from './support/write-library.js';

const [shared, cuda] = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'] as const;

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('the provider libraries', () => {
  let folder = '';
  const write = (file: string, parts: LibraryParts): void => writeLibrary(join(folder, file), parts);
  const missing = (): ReturnType<typeof missingCudaParts> =>
    missingCudaParts(folder).filter(({ part }) => part === shared || part === cuda);
  const whyNot = (): string => {
    const [found, ...others] = missing();
    expect([found?.part, others]).toEqual([cuda, []]);
    expect(found?.mend).toMatch(/^npm pack .* && cp .*libonnxruntime_providers_cuda\.so \S+$/);
    return found?.why ?? '';
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mokus-provider-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    write(shared, { symbols: ['Provider_GetHost', 'Provider_SetHost'] });
  });

  it('are those of the installed onnxruntime', () => {
    const needed = ['libcublasLt.so.13', 'libcufft.so.99', 'libcuda.so.1', 'libc.so.6'];
    write(cuda, { symbols: ['GetProvider'], needed, constants: ['1.5.', runtimeVersion(), 'ORT_VERSION'] });
    expect(missing()).toEqual([]);
    // What it is linked with is asked for, by its own word; libc is no part of CUDA.
    const parts = missingCudaParts(folder).map(({ part }) => part);
    expect(parts).toContain('libcufft.so.99');
    expect(parts).not.toContain('libc.so.6');
    // One whose version is not known is not refused.
    write(cuda, { symbols: ['GetProvider'] });
    expect(missing()).toEqual([]);
  });

  it.each([
    ['text', 'no library\n', /^it is no library for onnxruntime 1\.\d+\.\d+: it is no ELF file$/],
    ['an empty file', '', /it is no ELF file/],
    ['the beginning of an ELF file', '\x7fELF', /it is no ELF file/],
    ['an ELF header alone', readFileSync(process.execPath).subarray(0, 64), /it is (cut off|a program)/],
  ])('are refused as %s', (_, content, why) => {
    writeFileSync(join(folder, cuda), content);
    expect(whyNot()).toMatch(why);
  });

  it.each<[string, LibraryParts, RegExp]>([
    ['another version', { symbols: ['GetProvider'], constants: ['1.19.2'] }, /: it was built for 1\.19\.2$/],
    ['another library', { symbols: ['inflate'] }, /: it lacks GetProvider$/],
    ['another machine', { symbols: ['GetProvider'], machine: 183 }, /: it is not built for x86-64$/],
    ['a program', { symbols: ['GetProvider'], type: 2 }, /: it is a program or an object file$/],
  ])('are refused as %s', (_, parts, why) => {
    write(cuda, parts);
    expect(whyNot()).toMatch(why);
  });

  it('are refused where they are cut off, wherever that is', () => {
    write(cuda, { symbols: ['GetProvider'], constants: [runtimeVersion()] });
    const whole = readFileSync(join(folder, cuda));
    for (const length of [64, 65, whole.length >> 1, whole.length - 1]) {
      writeFileSync(join(folder, cuda), whole.subarray(0, length));
      expect(whyNot()).toBe(
        `it is no library for onnxruntime ${runtimeVersion()}: it is cut off: ${length} bytes of at least ${whole.length}`,
      );
    }
  });

  it('are read as a real library is', () => {
    // onnxruntime's own: it offers what every user of it calls, and says its version.
    const { needed, symbols, constants } = readSharedLibrary(join(runtimeFolder(), 'libonnxruntime.so.1'));
    expect(needed).toContain('libc.so.6');
    expect(symbols.has('OrtGetApiBase')).toBe(true);
    expect(constants.includes(`\0${runtimeVersion()}\0`)).toBe(true);
  });
});
