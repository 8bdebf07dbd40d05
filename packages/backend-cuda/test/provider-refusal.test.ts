import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { refusalOf } from '@mokus/core/testing';
import { Graph } from '@mokus/graph';
import { lower } from '@mokus/onnx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingCudaParts } from '../src/index.js';
import { placementOf } from '../src/placement.js';
import { runtimeFolder, runtimeVersion } from '../src/provider-files.js';
import { providerRefusal } from '../src/provider-refusal.js';
import { cudaRuntime } from '../src/runtime.js';

const nothing = { name: 'no weights', get: () => undefined, names: () => [] };

async function anyModel(): Promise<Uint8Array> {
  const graph = new Graph();
  graph.output('y', graph.input('x', 'f32', [2]));
  return (await lower({ same: graph.build() }, nothing, cudaRuntime({}))).model;
}

const mend = /must be built for onnxruntime 1\.\d+\.\d+: npm pack .* && cp /;

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('a provider library beside onnxruntime', () => {
  // A copy of the package, for a library beside it: what is installed stays as it is.
  const folder = mkdtempSync(join(tmpdir(), 'mokus-runtime-'));
  const copy = join(folder, 'node_modules', 'onnxruntime-node');
  const main = join(copy, 'dist', 'index.js');
  const provider = join(runtimeFolder(main), 'libonnxruntime_providers_shared.so');
  const real = join(runtimeFolder(), 'libonnxruntime.so.1');

  beforeAll(() => {
    const installed = join(realpathSync(runtimeFolder()), '../../../..');
    mkdirSync(runtimeFolder(main), { recursive: true });
    symlinkSync(join(dirname(installed), 'onnxruntime-common'), join(folder, 'node_modules', 'onnxruntime-common'));
    for (const each of ['package.json', 'dist']) cpSync(join(installed, each), join(copy, each), { recursive: true });
    cpSync(join(runtimeFolder(), 'onnxruntime_binding.node'), join(runtimeFolder(main), 'onnxruntime_binding.node'));
    cpSync(real, join(runtimeFolder(main), 'libonnxruntime.so.1'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['junk', () => writeFileSync(provider, 'no library'), 'file too short'],
    ['longer junk', () => writeFileSync(provider, 'no library'.repeat(99)), 'invalid ELF header'],
    ['another library', () => cpSync(real, provider), 'undefined symbol: Provider_SetHost'],
    [
      'a library that is cut off',
      () => {
        cpSync(real, provider);
        truncateSync(provider, 1 << 20);
      },
      'SIGBUS ended the process that loaded it',
    ],
  ])('is refused by its file where it is %s', async (_, put, why) => {
    rmSync(provider, { force: true });
    put();
    const refusal = await refusalOf(async () => placementOf(await anyModel(), { name: 'cuda', deviceId: 0 }, main));
    expect([refusal.code, refusal.details]).toEqual(['backend', { backend: 'cuda' }]);
    expect(refusal.message).toContain(why);
    expect(refusal.message).toContain(runtimeFolder(main));
    expect(refusal.message).toMatch(mend);
    expect(refusal.message).not.toContain('allowCpu');
  });

  it.skipIf(missingCudaParts().length === 0)('is refused when a session is made without asking', async () => {
    const runtime = cudaRuntime({ allowCpu: true });
    const { model, weights } = await lower({}, nothing, runtime);
    const refusal = await refusalOf(() => runtime.createSession(model, weights, 'transformer'));
    expect([refusal.code, refusal.details]).toEqual(['backend', { backend: 'cuda' }]);
    expect(refusal.message).toContain(join(runtimeFolder(), 'libonnxruntime_providers_cuda.so'));
    expect(refusal.message).toMatch(mend);
  });
});

describe('what onnxruntime says of a provider', () => {
  // Its words, as it said them where CUDA was not installed.
  const said = (why: string): string =>
    `[E:onnxruntime:onnxruntime-node, provider_bridge_ort.cc:2146 Create] provider_bridge_ort.cc:1988 onnxruntime::Provider& onnxruntime::ProviderLibrary::Get() [ONNXRuntimeError] : 1 : FAIL : ${why}\nrefused: OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library\n`;

  it('names a library of CUDA where that is what is missing', () => {
    const refusal = providerRefusal(
      said(
        'Failed to load library /a folder/libonnxruntime_providers_cuda.so with error: libcublasLt.so.13: cannot open shared object file: No such file or directory',
      ),
    );
    expect(refusal?.message).toBe(
      "onnxruntime cannot load /a folder/libonnxruntime_providers_cuda.so for want of libcublasLt.so.13: apt-get install cuda-libraries-13-0 (from NVIDIA's repository)",
    );
  });

  it('names the provider where a symbol of it is missing', () => {
    const file = '/a folder/libonnxruntime_providers_cuda.so';
    const refusal = providerRefusal(
      said(`Failed to get symbol GetProvider with error: ${file}: undefined symbol: GetProvider`),
    );
    expect(refusal?.message).toContain(`does not take ${file} (undefined symbol: GetProvider): it must be built for`);
    expect(refusal?.message).toContain(runtimeVersion());
  });

  it('is nothing where another thing went wrong', () => {
    expect(providerRefusal('refused: CUDA failure 35: CUDA driver version is insufficient')).toBeUndefined();
  });
});
