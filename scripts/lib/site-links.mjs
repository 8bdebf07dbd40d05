/** Links of the built site that lead nowhere: VitePress looks at those in Markdown to pages, this at all, with their anchors. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';

/** As lines to print: the page, and what it links to. */
export function findDeadLinks(site) {
  const pages = readdirSync(site, { recursive: true })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.html') && file !== '404.html');
  const texts = new Map(pages.map((page) => [page, readFileSync(join(site, page), 'utf8')]));
  const anchors = new Map([...texts].map(([page, html]) => [page, anchorsOf(html)]));
  return [...texts].flatMap(([page, html]) =>
    [...html.matchAll(/<a [^>]*?href="([^"]*)"/g)]
      .map(([, href]) => href.replaceAll('&amp;', '&'))
      .filter((href) => !/^[a-z]+:/.test(href) && isDead(site, anchors, page, href))
      .map((href) => `${page} links to ${href}`),
  );
}

const anchorsOf = (html) => new Set([...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id));

function isDead(site, anchors, page, href) {
  const [path, hash] = href.split('#').map(decodeURIComponent);
  const target = path === '' ? page : posix.join(path.startsWith('/') ? '' : posix.dirname(page), path);
  const file = [target, `${target}.html`, posix.join(target, 'index.html')]
    .map((candidate) => candidate.replace(/^\//, ''))
    .find((candidate) => existsSync(join(site, candidate)) && statSync(join(site, candidate)).isFile());
  if (file === undefined) return true;
  return Boolean(hash) && anchors.has(file) && !anchors.get(file).has(hash);
}
