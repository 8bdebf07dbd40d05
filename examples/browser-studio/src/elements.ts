import type { Drawing } from './studio.js';

/** The page's element; a page without it is a mistake of ours. */
export function element<E extends Element>(selector: string, type: abstract new () => E): E {
  const found = document.querySelector(selector);
  if (found instanceof type) return found;
  throw new Error(`the page has no ${type.name} ${selector}`);
}

/** A control by its name. */
export function field<E extends Element>(name: string, type: abstract new () => E): E {
  return element(`[name="${name}"]`, type);
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Puts a picture with its answer into a figure, or clears it. */
export function show(figure: 'before' | 'after', drawing: Drawing | undefined): void {
  const canvas = element(`#${figure} canvas`, HTMLCanvasElement);
  const caption = element(`#${figure} figcaption`, HTMLElement);
  const label = drawing === undefined ? 'nothing drawn yet' : `picture of “${drawing.answer}”`;
  canvas.setAttribute('aria-label', label);
  caption.textContent = drawing === undefined ? figure : `${figure}: ${drawing.answer}`;
  const { width, height, data } = drawing?.image ?? { width: 1, height: 1, data: new Uint8ClampedArray(4) };
  canvas.width = width;
  canvas.height = height;
  canvas.getContext('2d')?.putImageData(new ImageData(Uint8ClampedArray.from(data), width, height), 0, 0);
}
