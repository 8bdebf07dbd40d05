import type { MarkdownRenderer } from 'vitepress';

/** Commands that a page indents are drawn as a block of code with a fence is: VitePress lets them run out of a narrow window. */
export function indentedCode(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push('indented-code', ({ tokens }) => {
    for (const token of tokens) {
      if (token.type === 'code_block') Object.assign(token, { type: 'fence', tag: 'code', info: 'sh' });
    }
  });
}
