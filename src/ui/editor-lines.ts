import { visible } from '../core/text.ts';
import type { Editor } from './editor.ts';
import { mostWidthOf, widthOf } from './lines.ts';
import type { Look } from './paint.ts';

/** Marks the caret until the lines are cut: no text can hold it, since control characters are made visible. */
const caretMark = '\u0001';

/** The lines of a text around its caret. */
export function editorLines({ text, caret }: Editor, prompt: string, { theme, width }: Look, height: number): string[] {
  // What is far from the caret cannot be seen.
  const far = width * (height + 2) * 2;
  const head = text.slice(Math.max(0, caret - far), caret);
  const tail = text.slice(caret, caret + far);
  const marked = `${visible(head)}${caretMark}${visible(tail)}`.replaceAll('\t', '  ');
  const lines = marked.split('\n').flatMap((line) => caretLines(line, width - widthOf(prompt) - 1));
  const at = lines.findIndex((line) => line.includes(caretMark));
  const from = Math.max(0, Math.min(at - Math.floor(height / 2), lines.length - height));
  return lines.slice(from, from + height).map((line, row) => {
    const start = from + row === 0 ? theme.cyan(prompt) : ' '.repeat(widthOf(prompt));
    return `${start}${paintCaret(line, theme.caret)}`;
  });
}

/** The mark takes no column, so lines are wrapped without it. */
function caretLines(line: string, width: number): string[] {
  const mark = line.indexOf(caretMark);
  const plain = line.replace(caretMark, '');
  const rows = rowsOf(plain, width);
  if (mark === -1) return rows;
  let before = 0;
  for (const [at, row] of rows.entries()) {
    const last = at === rows.length - 1;
    if (mark < before + row.length || last) {
      const place = mark - before;
      return rows.map((each, index) =>
        index === at ? `${each.slice(0, place)}${caretMark}${each.slice(place)}` : each,
      );
    }
    before += row.length;
  }
  return rows;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** All of a line in rows of at most `width` columns, broken after a space where there is one. No character is torn. */
function rowsOf(line: string, width: number): string[] {
  const rows: string[] = [];
  let row = '';
  let columns = 0;
  for (const { segment } of graphemes.segment(line)) {
    const wide = mostWidthOf(segment);
    if (row !== '' && columns + wide > width) {
      const space = row.lastIndexOf(' ') + 1;
      const end = space > 0 && segment !== ' ' ? space : row.length;
      rows.push(row.slice(0, end));
      row = row.slice(end);
      columns = mostWidthOf(row);
    }
    row += segment;
    columns += wide;
  }
  return [...rows, row];
}

function paintCaret(line: string, paint: (text: string) => string): string {
  const at = line.indexOf(caretMark);
  if (at === -1) return line;
  const rest = line.slice(at + 1);
  const [under] = graphemes.segment(rest);
  return `${line.slice(0, at)}${paint(under?.segment ?? ' ')}${rest.slice(under?.segment.length ?? 0)}`;
}
