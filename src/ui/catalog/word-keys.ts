import type { Editor } from '../editor.ts';
import type { KeyHelp } from '../key-table.ts';

interface Words {
  readonly editor: Editor;
  /** Whether keys go into the words; else into the list that they have found. */
  readonly typing: boolean;
}

const typingKeys: readonly KeyHelp[] = [
  { keys: 'enter', about: 'open' },
  { keys: '↑↓', about: 'choose' },
  { keys: 'tab', about: 'to the list, where keys do more' },
];

/** The keys that are no letters, while words are written. */
export function wordKeys({ typing }: Words): readonly KeyHelp[] | undefined {
  return typing ? typingKeys : undefined;
}

/** What Escape does while words are written; `?` is one of their letters. */
export function wordEscape({ typing, editor }: Words): string | undefined {
  if (!typing) return undefined;
  return editor.text === '' ? 'esc back' : 'esc shows all';
}
