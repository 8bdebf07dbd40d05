import { basename, dirname } from 'node:path';
import { MokusError } from '@mokus/core';
import { mendOf } from './missing.js';
import { providerMend, providerPath, runtimeVersion } from './provider-files.js';

/**
 * What onnxruntime's log says of a provider library that it did not take, as MokusError `backend` naming the file and what
 * mends it; undefined where it says nothing of one.
 */
export function providerRefusal(log: string): MokusError | undefined {
  const [, file, why] =
    log.match(/Failed to load library (.+?) with error: (.+)/) ??
    log.match(/Failed to get symbol \S+ with error: (.+?): (.+)/) ??
    [];
  if (file === undefined || why === undefined) return undefined;
  // Of the library itself the loader gives the path, of one that it is linked with the name alone.
  const needed = why.match(/^([^/:]+): cannot open shared object/)?.[1];
  if (needed === undefined || needed === basename(file)) return wrongProvider(file, why);
  return refusal(`onnxruntime cannot load ${file} for want of ${needed}: ${mendOf(needed)}`);
}

/** MokusError `backend` for a provider library that cannot be the one of the installed onnxruntime. */
export function wrongProvider(
  file: string = providerPath(),
  why = 'failed to load, or what it is linked with did',
): MokusError {
  const said = why.startsWith(`${file}: `) ? why.slice(file.length + 2) : why;
  return refusal(
    `onnxruntime does not take ${file} (${said}): it must be built for onnxruntime ${runtimeVersion()}: ${providerMend(dirname(file))}`,
  );
}

function refusal(message: string): MokusError {
  return new MokusError('backend', message, { backend: 'cuda' });
}
