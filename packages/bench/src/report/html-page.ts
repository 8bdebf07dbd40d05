import { escapeHtml } from './html-text.js';

const style = `
body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; margin: 1rem 0; display: block; overflow-x: auto; }
th, td { border-bottom: 1px solid #ddd; padding: .25rem .6rem; text-align: left; vertical-align: top; }
thead th { white-space: nowrap; }
img { min-width: 128px; max-width: 256px; image-rendering: auto; }
pre { background: #f6f6f6; padding: .8rem; overflow-x: auto; }`;

/** A page that needs nothing beside it. Sections are HTML under their titles; those that are empty are left out. */
export function htmlPage(
  title: string,
  about: string,
  sections: readonly (readonly [title: string, content: string])[],
): string {
  const filled = sections.filter(([, content]) => content !== '');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(about)}</p>
${filled.map(([head, content]) => `<h2>${escapeHtml(head)}</h2>\n${content}`).join('\n')}
</body>
</html>
`;
}
