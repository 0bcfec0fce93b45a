import { noTrail, type Trail } from './undo.ts';

/** A text that is being written. Large pastes stand in it as one word each. */
export interface Editor {
  readonly text: string;
  /** Place of the caret in the text, in UTF-16 units, never inside a character. */
  readonly caret: number;
  /** What the placeholders of large pastes stand for. */
  readonly pastes: ReadonlyMap<string, string>;
  /** What was cut last. */
  readonly cutText: string;
  /** What undo goes back to. */
  readonly trail: Trail;
}

export const emptyEditor: Editor = { text: '', caret: 0, pastes: new Map(), cutText: '', trail: noTrail };

/** A paste of more lines or characters gets a placeholder. */
const pasteLines = 10;
const pasteLength = 1000;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

export function insert(editor: Editor, text: string): Editor {
  const { text: before, caret } = editor;
  return { ...editor, text: before.slice(0, caret) + text + before.slice(caret), caret: caret + text.length };
}

export function insertPaste(editor: Editor, text: string): Editor {
  const lines = text.split('\n').length;
  if (lines <= pasteLines && text.length <= pasteLength) return insert(editor, text);
  const number = editor.pastes.size + 1;
  const size = lines > 1 ? `${lines} lines` : `${text.length} characters`;
  const placeholder = `[paste ${number}: ${size}]`;
  return insert({ ...editor, pastes: new Map(editor.pastes).set(placeholder, text) }, placeholder);
}

/** The text with all pastes in their places. */
export function wholeText({ text, pastes }: Editor): string {
  // One pass: what was pasted may itself look like a placeholder.
  return text.replace(/\[paste \d+: \d+ (?:lines|characters)\]/g, (word) => pastes.get(word) ?? word);
}

export function withText(text: string, editor: Editor = emptyEditor): Editor {
  return { ...editor, text, caret: text.length };
}

function moveTo(editor: Editor, caret: number): Editor {
  return { ...editor, caret: Math.max(0, Math.min(editor.text.length, caret)) };
}

/** What a key does to a text; undefined when it does nothing to it. */
export function edit(editor: Editor, key: string): Editor | undefined {
  return Object.hasOwn(edits, key) ? edits[key]?.(editor) : undefined;
}

const edits: Readonly<Record<string, (editor: Editor) => Editor>> = {
  left: (editor) => moveTo(editor, before(editor)),
  right: (editor) => moveTo(editor, after(editor)),
  'ctrl+b': (editor) => moveTo(editor, before(editor)),
  'ctrl+f': (editor) => moveTo(editor, after(editor)),
  'alt+b': (editor) => moveTo(editor, wordBefore(editor)),
  'ctrl+left': (editor) => moveTo(editor, wordBefore(editor)),
  'alt+left': (editor) => moveTo(editor, wordBefore(editor)),
  'alt+f': (editor) => moveTo(editor, wordAfter(editor)),
  'ctrl+right': (editor) => moveTo(editor, wordAfter(editor)),
  'alt+right': (editor) => moveTo(editor, wordAfter(editor)),
  home: (editor) => moveTo(editor, lineStart(editor)),
  'ctrl+a': (editor) => moveTo(editor, lineStart(editor)),
  end: (editor) => moveTo(editor, lineEnd(editor)),
  'ctrl+e': (editor) => moveTo(editor, lineEnd(editor)),
  backspace: (editor) => remove(editor, before(editor), editor.caret),
  delete: (editor) => remove(editor, editor.caret, after(editor)),
  'ctrl+w': (editor) => cutOut(editor, wordBefore(editor), editor.caret),
  'alt+backspace': (editor) => cutOut(editor, wordBefore(editor), editor.caret),
  'alt+d': (editor) => cutOut(editor, editor.caret, wordAfter(editor)),
  'ctrl+k': (editor) => cutOut(editor, editor.caret, lineEnd(editor) > editor.caret ? lineEnd(editor) : after(editor)),
  'ctrl+u': (editor) => cutOut(editor, lineStart(editor), editor.caret),
  'ctrl+y': (editor) => insert(editor, editor.cutText),
  'ctrl+j': (editor) => insert(editor, '\n'),
  'alt+enter': (editor) => insert(editor, '\n'),
  'shift+enter': (editor) => insert(editor, '\n'),
  up: (editor) => vertically(editor, -1),
  down: (editor) => vertically(editor, 1),
};

function remove(editor: Editor, from: number, to: number): Editor {
  return { ...editor, text: editor.text.slice(0, from) + editor.text.slice(to), caret: from };
}

function cutOut(editor: Editor, from: number, to: number): Editor {
  const cutText = editor.text.slice(from, to);
  return cutText === '' ? editor : { ...remove(editor, from, to), cutText };
}

/** The place before the character, or the placeholder, that ends at the caret. */
function before({ text, caret, pastes }: Editor): number {
  for (const placeholder of pastes.keys())
    if (text.slice(0, caret).endsWith(placeholder)) return caret - placeholder.length;
  // A character is not longer than this.
  const start = Math.max(0, caret - 64);
  const last = [...graphemes.segment(text.slice(start, caret))].at(-1);
  return last ? start + last.index : 0;
}

function after({ text, caret, pastes }: Editor): number {
  for (const placeholder of pastes.keys()) if (text.startsWith(placeholder, caret)) return caret + placeholder.length;
  const [first] = graphemes.segment(text.slice(caret, caret + 64));
  return first ? caret + first.segment.length : text.length;
}

function wordBefore({ text, caret }: Editor): number {
  return /(?:[\p{L}\p{N}_]+[^\p{L}\p{N}_]*|[^\p{L}\p{N}_]+)$/u.exec(text.slice(0, caret))?.index ?? 0;
}

function wordAfter({ text, caret }: Editor): number {
  const [word = ''] = /^[^\p{L}\p{N}_]*[\p{L}\p{N}_]*/u.exec(text.slice(caret)) ?? [];
  return caret + word.length;
}

function lineStart({ text, caret }: Editor): number {
  return caret === 0 ? 0 : text.lastIndexOf('\n', caret - 1) + 1;
}

function lineEnd({ text, caret }: Editor): number {
  const end = text.indexOf('\n', caret);
  return end === -1 ? text.length : end;
}

/** Whether there is a line above (-1) or below (1) the caret's. */
export function hasLine(editor: Editor, way: -1 | 1): boolean {
  return way === -1 ? lineStart(editor) > 0 : lineEnd(editor) < editor.text.length;
}

function vertically(editor: Editor, way: -1 | 1): Editor {
  if (!hasLine(editor, way)) return editor;
  const column = editor.caret - lineStart(editor);
  const start = way === -1 ? lineStart({ ...editor, caret: lineStart(editor) - 1 }) : lineEnd(editor) + 1;
  const end = lineEnd({ ...editor, caret: start });
  return moveTo(editor, Math.min(start + column, end));
}
