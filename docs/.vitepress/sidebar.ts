import type { DefaultTheme } from 'vitepress';
import { folderOf, house, nameOf } from '../../scripts/lib/house.mjs';

const page = (text: string, link: string): DefaultTheme.SidebarItem => ({ text, link });

export const sidebar: DefaultTheme.SidebarItem[] = [
  {
    text: 'Guide',
    items: [
      page('Quick start', '/docs/guide/quick-start'),
      page('Edit a fact', '/docs/guide/edit-a-fact'),
      page('Choose an editor and an objective', '/docs/guide/choose-an-editor'),
      page('Learn and bind a concept', '/docs/guide/concepts'),
      page('Create, erase, inject', '/docs/guide/create-erase-inject'),
      page('The modality gap', '/docs/guide/modality-gap'),
      page('Performance and memory', '/docs/guide/performance'),
      page('Files', '/docs/guide/files'),
      page('Coming from elsewhere', '/docs/guide/coming-from'),
      page('Limits', '/docs/guide/limits'),
      page('Examples', '/examples/'),
    ],
  },
  {
    text: 'Bring your own',
    items: [
      page('Backend', '/docs/guide/own-backend'),
      page('Model family', '/docs/guide/own-model'),
      page('Editor', '/docs/guide/own-editor'),
      page('Objective', '/docs/guide/own-objective'),
    ],
  },
  {
    text: 'Measured',
    items: [
      page('Editors and objectives', '/docs/editors'),
      page('KnowCusBench', '/docs/knowcus'),
      page('SmolLM2', '/docs/smollm2'),
    ],
  },
  {
    text: 'The house',
    items: [
      page('The house in one picture', '/docs/architecture'),
      page('Contributing', '/CONTRIBUTING'),
      page('Security', '/SECURITY'),
      page('API reference', '/docs/reference/index'),
    ],
  },
  {
    text: 'Packages',
    collapsed: true,
    items: Object.keys(house).map((folder) => page(nameOf(folder), `/${folderOf(folder)}/`)),
  },
];
