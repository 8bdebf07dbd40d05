/** A text inside HTML, between tags or in a quoted attribute. */
export function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (sign) => entities[sign]!);
}

/** A titled table of pictures: its labels down, `head` across; a cell is HTML. */
export function pictureTable(
  title: string,
  head: readonly string[],
  rows: readonly { readonly label: string; readonly cells: readonly string[] }[],
): string {
  const heads = head.map((each) => `<th>${escapeHtml(each)}</th>`).join('');
  const lines = rows.map(
    ({ label, cells }) => `<tr><td>${escapeHtml(label)}</td>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`,
  );
  return `<h3>${escapeHtml(title)}</h3><table class="pictures"><thead><tr>${heads}</tr></thead><tbody>${lines.join('\n')}</tbody></table>`;
}

/** The first row is the head. */
export function htmlTable(rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[], tag: 'th' | 'td'): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  const [head = [], ...body] = rows;
  return `<table><thead>${line(head, 'th')}</thead><tbody>${body.map((row) => line(row, 'td')).join('\n')}</tbody></table>`;
}
