import type { DefaultTheme } from 'vitepress';

const page = (text: string, link: string): DefaultTheme.SidebarItem => ({ text, link });

export const sidebar: DefaultTheme.SidebarItem[] = [
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
      page('Packages', '/docs/architecture'),
      page('Contributing', '/CONTRIBUTING'),
      page('Security', '/SECURITY'),
      page('API reference', '/docs/reference/index'),
    ],
  },
];
