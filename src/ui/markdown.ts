import { marked, type Token, type Tokens } from 'marked';
import { visible } from '../core/text.ts';
import { codeLines } from './code.ts';
import { cut, pad, padStart, widthOf, wrap, wrapExactly } from './lines.ts';
import type { Look } from './paint.ts';

/** Markdown in lines of at most `look.width` columns. Whatever the text holds, nothing of it controls the terminal. */
export function markdownLines(text: string, look: Look): string[] {
  const lines = blocks(marked.lexer(visible(text)), look);
  while (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Blocks with an empty line between them. */
function blocks(tokens: readonly Token[], look: Look): string[] {
  const lines: string[] = [];
  for (const token of tokens) {
    if (token.type === 'space') continue;
    const block = blockLines(token, look);
    if (block.length === 0) continue;
    if (lines.length > 0) lines.push('');
    lines.push(...block);
  }
  return lines;
}

function blockLines(token: Token, look: Look): string[] {
  const { width, theme } = look;
  switch (token.type) {
    case 'heading':
      return wrap(inline(token.tokens ?? [], look), width).map(theme.bold);
    case 'paragraph':
    case 'text':
      return wrap(token.tokens ? inline(token.tokens, look) : String(token.text), width);
    case 'code':
      return codeBlock(token as Tokens.Code, look);
    case 'list':
      return listLines(token as Tokens.List, look);
    case 'blockquote':
      return indented(theme.dim('│ '), blocks(token.tokens ?? [], { ...look, width: width - 2 }));
    case 'table':
      return tableLines(token as Tokens.Table, look);
    case 'hr':
      return [theme.dim('─'.repeat(Math.min(width, 40)))];
    case 'def':
      return [];
    default:
      return wrap(token.raw.trimEnd(), width);
  }
}

function indented(mark: string, lines: readonly string[]): string[] {
  return lines.map((line) => `${mark}${line}`);
}

function codeBlock({ text, lang = '' }: Tokens.Code, { width, theme }: Look): string[] {
  if (text === '') return [];
  const [language = ''] = lang.split(/\s/);
  return codeLines(text.replaceAll('\t', '  '), language, theme).flatMap((line) =>
    indented('  ', wrapExactly(line, width - 2)),
  );
}

function listLines({ items, ordered, start, loose }: Tokens.List, look: Look): string[] {
  const first = typeof start === 'number' ? start : 1;
  return items.flatMap((item, at) => {
    const mark = ordered ? `${first + at}. ` : '• ';
    const task = item.task ? (item.checked ? '[x] ' : '[ ] ') : '';
    const inner = { ...look, width: look.width - mark.length };
    const lines = item.tokens
      .filter(({ type }) => type !== 'space' && type !== 'checkbox')
      .flatMap((token) => blockLines(token, inner));
    const [line = '', ...others] = lines;
    const drawn = [`${look.theme.dim(mark)}${task}${line}`, ...indented(' '.repeat(mark.length), others)];
    return loose && at > 0 ? ['', ...drawn] : drawn;
  });
}

function inline(tokens: readonly Token[], look: Look): string {
  return tokens.map((token) => inlineText(token, look)).join('');
}

function inlineText(token: Token, look: Look): string {
  const { theme } = look;
  const text = 'text' in token ? String(token.text) : token.raw;
  const inner = () => ('tokens' in token && token.tokens ? inline(token.tokens, look) : text);
  switch (token.type) {
    case 'strong':
      return theme.bold(inner());
    case 'em':
      return theme.italic(inner());
    case 'codespan':
      return theme.cyan(text);
    case 'link':
      return text === token.href ? inner() : `${inner()} ${theme.dim(`(${token.href})`)}`;
    case 'image':
      return `${text} ${theme.dim(`(${token.href})`)}`;
    case 'br':
      return '\n';
    // The mark of its item says it.
    case 'checkbox':
      return '';
    case 'html':
      return /^<br *\/?>$/i.test(text) ? '\n' : text;
    case 'text':
      return 'tokens' in token && token.tokens ? inner() : named(text);
    case 'del':
    case 'escape':
      return inner();
    default:
      return token.raw;
  }
}

/** The names for characters that stand in prose: `&lt;`. */
function named(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39|nbsp);/g, (name) => characters[name] ?? name);
}

const characters: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&nbsp;': ' ',
};

/** No column is narrower than this, in a table that does not fit. */
const narrowest = 5;

function tableLines({ header, rows, align }: Tokens.Table, look: Look): string[] {
  const { theme, width } = look;
  const texts = [header, ...rows].map((row) => row.map((cell) => inline(cell.tokens, look).replace(/\s/g, ' ')));
  const widths = header.map((_, at) => Math.max(1, ...texts.map((row) => widthOf(row[at] ?? ''))));
  const room = width - 2 - 3 * (widths.length - 1);
  if (room < narrowest * widths.length) return records(texts, look);
  shrink(widths, room);
  const [head = [], ...body] = texts;
  const line = (cells: readonly string[]) =>
    `  ${widths.map((wide, at) => fit(cells[at] ?? '', wide, align[at] ?? null)).join('   ')}`.trimEnd();
  return [
    theme.bold(line(head)),
    theme.dim(`  ${widths.map((wide) => '─'.repeat(wide)).join('   ')}`),
    ...body.map(line),
  ];
}

function fit(cell: string, width: number, align: 'left' | 'right' | 'center' | null): string {
  return align === 'right' ? padStart(cut(cell, width), width) : pad(cut(cell, width), width);
}

/** Takes from the widest columns until all fit into `room`. */
function shrink(widths: number[], room: number): void {
  for (let over = widths.reduce((sum, width) => sum + width, 0) - room; over > 0; ) {
    const widest = Math.max(...widths);
    const next = Math.max(narrowest, ...widths.filter((width) => width < widest));
    const many = widths.filter((width) => width === widest).length;
    const less = Math.max(1, Math.min(widest - next, Math.ceil(over / many)));
    for (const [at, width] of widths.entries()) {
      if (width !== widest || over <= 0) continue;
      widths[at] = width - less;
      over -= less;
    }
  }
}

/** A table too narrow for its columns: one line for each cell. */
function records([head = [], ...rows]: readonly string[][], { width, theme }: Look): string[] {
  return rows.flatMap((row, at) => [
    ...(at === 0 ? [] : ['']),
    ...row.flatMap((cell, column) => wrap(`${theme.dim(`${head[column] ?? ''}:`)} ${cell}`, width)),
  ]);
}
