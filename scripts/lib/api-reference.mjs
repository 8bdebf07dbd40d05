/** The API reference of every entry point, by TypeDoc from the sources' docstrings: a page each in docs/reference/. */
import { rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Application } from 'typedoc';
import { entryPoints } from './entry-points.mjs';
import { root } from './run.mjs';

const out = join(root, 'docs', 'reference');

export async function writeApiReference() {
  const application = await Application.bootstrapWithPlugins({
    entryPoints: entryPoints.map(({ source }) => source),
    tsconfig: join(root, 'tsconfig.json'),
    plugin: ['typedoc-plugin-markdown'],
    // `npm run check` looks at types.
    skipErrorChecking: true,
    disableSources: true,
    excludeInternal: true,
    readme: 'none',
    logLevel: 'Error',
    name: 'API reference',
    out,
    outputFileStrategy: 'modules',
    entryFileName: 'index',
    hideBreadcrumbs: true,
    hidePageHeader: true,
    sanitizeComments: true,
    useCodeBlocks: true,
    // Its own count of headings with one name differs from VitePress's.
    useHTMLAnchors: true,
    expandObjects: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    propertyMembersFormat: 'table',
    typeDeclarationFormat: 'table',
  });
  const project = await application.convert();
  if (project === undefined) throw new Error('TypeDoc could not read the sources');
  const names = new Map(entryPoints.map(({ name, source }) => [moduleName(source), name]));
  for (const module of project.children ?? []) module.name = names.get(module.name) ?? module.name;
  rmSync(out, { recursive: true, force: true });
  await application.generateOutputs(project);
}

/** What TypeDoc calls a module: its file below the folder that all have in common. */
const moduleName = (source) => relative(join(root, 'packages'), source).replace(/(\/index)?\.ts$/, '');
