import { type Editor, edit, insert, insertPaste } from './editor.ts';
import type { Key } from './keys.ts';
import { noted, redo, undo } from './undo.ts';

/** What a key does to a text; undefined when it does nothing to it. */
export function typed(editor: Editor, key: Key): Editor | undefined {
  if (key.kind === 'text') {
    // A word and the space before it are taken back together.
    const run = editor.trail.run === 'letters' && /^\s/.test(key.text) ? 'space' : 'letters';
    const next = noted(editor, insert(editor, key.text), run);
    return { ...next, trail: { ...next.trail, run: 'letters' } };
  }
  if (key.kind === 'paste') return noted(editor, insertPaste(editor, key.text));
  const trailing = Object.hasOwn(trails, key.name) ? trails[key.name] : undefined;
  if (trailing) return trailing(editor);
  const next = edit(editor, key.name);
  return next && noted(editor, next, key.name === 'backspace' ? key.name : '');
}

/** Ctrl+- and Ctrl+_ are one key in most terminals. */
const trails: Readonly<Record<string, (editor: Editor) => Editor>> = {
  'ctrl+_': undo,
  'ctrl+-': undo,
  'alt+_': redo,
  'alt+-': redo,
};
