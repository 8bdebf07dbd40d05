/** Whether packages can be fetched right now. */
import { environment } from './environment.mjs';
import { run } from './run.mjs';

export async function registryAnswers() {
  const args = [
    'view',
    'onnxruntime-common@1.29.0',
    'version',
    '--prefer-online',
    '--fetch-retries=0',
    '--fetch-timeout=15000',
  ];
  const { code } = await run('npm', args, { env: environment(), capture: true });
  return code === 0;
}
