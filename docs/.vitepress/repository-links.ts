/**
 * Links as they are written for the repository: to a folder with a README, to a README, to a file that is no page. Each is
 * made to work on the site, and one to nothing is refused.
 */
import { cpSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MarkdownRenderer } from 'vitepress';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Files that pages link to, relative to the repository; they are copied beside the pages. */
const linked = new Set<string>();

export function repositoryLinks(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push('repository-links', ({ tokens, env, Token }) => {
    for (const { children } of tokens) {
      if (!children) continue;
      /** What ends the link that is open, where it is not the usual one. */
      let end: string | undefined;
      for (const [at, token] of children.entries()) {
        if (token.type === 'link_close' && end !== undefined) {
          children[at] = Object.assign(new Token('html_inline', '', 0), { content: end });
          end = undefined;
        }
        if (token.type !== 'link_open') continue;
        const href = token.attrGet('href') ?? '';
        if (/^(?:[a-z]+:|#|\/)/.test(href)) continue;
        const target = targetOf(href, env.path);
        if (target.page !== undefined) token.attrSet('href', target.page);
        else {
          const start = target.file === undefined ? '' : `<a href="${href}" target="_self">`;
          end = target.file === undefined ? '' : '</a>';
          children[at] = Object.assign(new Token('html_inline', '', 0), { content: start });
        }
      }
    }
  });
}

/** A page, a file to copy, or neither: a folder that has no page. Throws for what is not there. */
function targetOf(href: string, from: string): { page?: string; file?: string } {
  const [, path = '', hash = ''] = /^([^#]*)(#.*)?$/.exec(href) ?? [];
  const target = resolve(dirname(from), decodeURIComponent(path));
  if (!existsSync(target)) throw new Error(`${relative(root, from)} links to ${path}, which is not there`);
  if (statSync(target).isDirectory()) {
    return existsSync(join(target, 'README.md')) ? { page: `${path.replace(/\/?$/, '/')}index.md${hash}` } : {};
  }
  if (path.endsWith('.md')) return { page: path.replace(/(^|\/)README\.md$/, '$1index.md') + hash };
  linked.add(relative(root, target));
  return { file: path };
}

export function copyLinkedFiles(outDir: string): void {
  for (const file of linked) {
    const copy = join(outDir, file);
    mkdirSync(dirname(copy), { recursive: true });
    cpSync(join(root, file), copy);
  }
}
