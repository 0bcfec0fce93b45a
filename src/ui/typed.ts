import { type Editor, edit, insert, insertPaste } from './editor.ts';
import type { Key } from './keys.ts';

/** What a key does to a text; undefined when it does nothing to it. */
export function typed(editor: Editor, key: Key): Editor | undefined {
  if (key.kind === 'text') return insert(editor, key.text);
  if (key.kind === 'paste') return insertPaste(editor, key.text);
  return edit(editor, key.name);
}
