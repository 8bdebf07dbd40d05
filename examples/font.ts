import { createRequire } from 'node:module';
import type { GridFont } from 'mokus';

/** A font that comes with a package: a bare machine has none. */
export const font: GridFont = {
  family: 'DejaVu Sans',
  file: createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'),
};
