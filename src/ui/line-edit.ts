import { visibleLine } from '../core/text.ts';
import type { Editor } from './editor.ts';
import type { Filter } from './filter.ts';
import type { Key } from './keys.ts';
import { safeLine, spread, widthOf } from './lines.ts';
import type { Look } from './paint.ts';
import { typed } from './typed.ts';

/** A question that is answered with a line of text. */
export interface Question {
  readonly label: string;
  readonly editor: Editor;
}

/** What a key does to a question: the answer is given, or not, or goes on being written. */
export function pressQuestion(question: Question, key: Key): Question | 'answered' | 'dropped' | undefined {
  const name = key.kind === 'key' ? key.name : '';
  if (name === 'enter') return 'answered';
  if (name === 'esc' || name === 'ctrl+c') return 'dropped';
  const editor = typed(question.editor, key);
  return editor && { ...question, editor: { ...editor, text: editor.text.replaceAll('\n', ' ') } };
}

export function questionLine({ label, editor }: Question, look: Look): string {
  const head = safeLine(label, Math.floor(look.width / 2));
  return ` ${look.theme.bold(head)} ${editLine(editor, look, look.width - widthOf(head) - 3)}`;
}

/** The line in which a filter is written, or stands. @param right what is said at its end */
export function filterLine({ editor, open }: Filter, right: string, look: Look): string {
  const { theme, width } = look;
  if (!open && editor.text === '') return spread('', theme.dim(right), width);
  const room = Math.max(8, width - widthOf(right) - 5);
  const text = open ? editLine(editor, look, room) : safeLine(editor.text, room);
  return spread(` ${theme.cyan('/')} ${text}`, theme.dim(right), width);
}

/** The part of a text around its caret. */
export function editLine({ text, caret }: Editor, { theme }: Look, width: number): string {
  const before = visibleLine(text.slice(Math.max(0, caret - width), caret));
  const [under = ' ', ...rest] = visibleLine(text.slice(caret, caret + width));
  // The caret keeps a place of its own at the right end.
  let shown = before;
  while (widthOf(shown) > width - 1) shown = shown.slice(1);
  return `${shown}${theme.caret(under)}${safeEnd(rest.join(''), width - widthOf(shown) - widthOf(under))}`;
}

function safeEnd(text: string, width: number): string {
  return width > 0 ? safeLine(text, width) : '';
}
