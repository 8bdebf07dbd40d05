/** The page: forms in, pictures out. What it does with the model happens in a worker (studio.ts). */
import type { EditRequest, ProgressEvent } from '@mokus/core';
import { proxy, type Remote, wrap } from 'comlink';
import { checkpointSize, openStore } from './checkpoint.js';
import { element, field, megabytes, show } from './elements.js';
import { type EditorName, editorNames, type ObjectiveName, objectiveNames } from './names.js';
import { keepForOffline } from './offline.js';
import type { Device } from './pipeline.js';
import { describeProgress } from './progress.js';
import type { Comparison, Studio } from './studio.js';

const status = element('#status', HTMLElement);
const progress = element('#progress', HTMLProgressElement);
const cancel = element('#cancel', HTMLButtonElement);
/** With a model. */
let studio: Remote<Studio> | undefined;
let worker: Worker | undefined;
/** The one that works, or worked last. */
let working: Remote<Studio> | undefined;
/** Calls that have ended, for whoever watches the page. */
let done = 0;

for (const [name, values] of [
  ['editor', editorNames],
  ['objective', objectiveNames],
] as const) {
  field(name, HTMLSelectElement).append(...values.map((value) => new Option(value)));
}

function onProgress(event: ProgressEvent): void {
  // Events have a port of their own: one may come after the result that it led to.
  if (progress.hidden) return;
  const { text, done: value, total } = describeProgress(event);
  status.textContent = text;
  if (total === undefined) progress.removeAttribute('value');
  else [progress.max, progress.value] = [total, value];
}

/** One thing at a time: what could start another is off meanwhile, and the focus comes back to where it was. */
async function busy(what: string, work: () => Promise<string>): Promise<void> {
  const controls = [...document.querySelectorAll<HTMLButtonElement | HTMLInputElement>('main button, #import')];
  const before = controls.map((each) => each.disabled);
  const focused = document.activeElement;
  for (const each of controls) each.disabled = true;
  status.textContent = `${what}…`;
  progress.removeAttribute('value');
  progress.hidden = cancel.hidden = false;
  let message: string;
  try {
    message = await work();
  } catch (error) {
    message = `${what} failed: ${error instanceof Error ? error.message : String(error)}`;
  }
  controls.forEach((each, index) => {
    each.disabled = before[index] as boolean;
  });
  enable();
  progress.hidden = cancel.hidden = true;
  if (focused instanceof HTMLElement) focused.focus();
  status.textContent = message;
  document.body.dataset.done = String(++done);
}

/** What needs a model is off without one. */
function enable(): void {
  for (const each of document.querySelectorAll<HTMLButtonElement>('#draw button, #edit button, #file button, #import'))
    each.disabled = studio === undefined;
}

function onSubmit(form: string, what: string, work: () => Promise<string>): void {
  element(form, HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    void busy(what, work);
  });
}

function loaded(): Remote<Studio> {
  if (studio === undefined) throw new Error('load the model first');
  return studio;
}

onSubmit('#load', 'Loading', async () => {
  const begun = performance.now();
  // First, so that the worker's program is kept too.
  await keepForOffline();
  const started = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  const next = wrap<Studio>(started);
  working = next;
  const device = field('device', HTMLSelectElement).value as Device;
  try {
    await next.load(document.baseURI, device, proxy(onProgress));
  } catch (error) {
    started.terminate();
    throw error;
  }
  // The model of before goes with its edit.
  worker?.terminate();
  worker = started;
  studio = next;
  showActing([]);
  await showSizes();
  return `Loaded in ${((performance.now() - begun) / 1000).toFixed(1)} s. The page works without a network now.`;
});

onSubmit('#draw', 'Drawing', compare);

onSubmit('#edit', 'Editing', async () => {
  const locality = field('locality', HTMLInputElement).value.trim();
  const request: EditRequest = {
    question: field('question', HTMLInputElement).value,
    answer: field('answer', HTMLInputElement).value,
    ...(locality === '' ? {} : { locality: [locality] }),
  };
  const editor = field('editor', HTMLSelectElement).value as EditorName;
  const objective = field('objective', HTMLSelectElement).value as ObjectiveName;
  const started = performance.now();
  await loaded().edit({ request, editor, objective }, proxy(onProgress));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  showActing([request]);
  await compare();
  return `Edited with ${editor} in ${seconds} s, and drawn before and after.`;
});

async function compare(): Promise<string> {
  const prompt = field('prompt', HTMLInputElement).value;
  const seed = Number(field('seed', HTMLInputElement).value);
  const { before, after }: Comparison = await loaded().compare(prompt, seed, proxy(onProgress));
  element('#drawn', HTMLElement).textContent = `“${prompt}”, seed ${seed}`;
  show('before', before);
  show('after', after);
  return after === undefined ? 'Drawn; no edit acts.' : 'Drawn before and after.';
}

function showActing(requests: readonly EditRequest[]): void {
  const facts = requests.map(({ question, answer }) => `${question}: ${answer}`).join('; ');
  element('#acting', HTMLElement).textContent = facts === '' ? 'No edit acts.' : `Acting: ${facts}`;
}

element('#export', HTMLButtonElement).addEventListener('click', () =>
  busy('Exporting', async () => {
    const bytes = await loaded().exportEdit();
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([Uint8Array.from(bytes)]));
    link.download = 'mokus-edit.safetensors';
    link.click();
    URL.revokeObjectURL(link.href);
    return `Exported ${bytes.length} bytes.`;
  }),
);

element('#revert', HTMLButtonElement).addEventListener('click', () =>
  busy('Taking back', async () => {
    await loaded().revert();
    showActing([]);
    show('after', undefined);
    return 'Taken back: the model is as it was.';
  }),
);

const file = element('#import', HTMLInputElement);
file.addEventListener('change', () =>
  busy('Importing', async () => {
    const [chosen] = file.files ?? [];
    if (chosen === undefined) return 'No file was chosen.';
    const bytes = new Uint8Array(await chosen.arrayBuffer());
    file.value = '';
    showActing(await loaded().importEdit(chosen.name, bytes));
    await compare();
    return `Imported ${chosen.name}, and drawn before and after.`;
  }),
);

cancel.addEventListener('click', () => void working?.cancel());

async function showSizes(): Promise<void> {
  const { total, missing } = await checkpointSize(await openStore());
  element('#sizes', HTMLElement).textContent =
    missing === 0
      ? `emoji-world, ${megabytes(total)} of weights, is here.`
      : `emoji-world: ${megabytes(total)} of weights, ${megabytes(missing)} to download, and up to 26 MB of runtime.`;
}

/** The GPU where the browser has one. */
async function chooseDevice(): Promise<void> {
  const adapter = await navigator.gpu?.requestAdapter().catch(() => null);
  if (adapter) return;
  const device = field('device', HTMLSelectElement);
  device.value = 'wasm';
  for (const option of device.options) if (option.value === 'webgpu') option.disabled = true;
}

enable();
await Promise.all([chooseDevice(), showSizes()]).catch((error: unknown) => {
  status.textContent = error instanceof Error ? error.message : String(error);
});
document.body.dataset.ready = 'true';
