import { type Editor, emptyEditor } from './editor.ts';
import type { KeyHelp } from './key-table.ts';
import type { Key } from './keys.ts';
import { typed } from './typed.ts';

/** A line of words by which a list is narrowed. `/` begins it, Enter keeps it, Escape takes it away. */
export interface Filter {
  readonly editor: Editor;
  /** Whether keys go into it. */
  readonly open: boolean;
}

export const noFilter: Filter = { editor: emptyEditor, open: false };

/** The filter after a key; undefined for a key that means nothing to it. */
export function pressFilter(filter: Filter, key: Key): Filter | undefined {
  const name = key.kind === 'key' ? key.name : '';
  if (!filter.open) {
    if (key.kind === 'text' && key.text === '/') return { ...filter, open: true };
    return name === 'esc' && filter.editor.text !== '' ? noFilter : undefined;
  }
  if (name === 'enter') return { ...filter, open: false };
  if (name === 'esc') return noFilter;
  const editor = typed(filter.editor, key);
  return editor && { editor: { ...editor, text: editor.text.replaceAll('\n', ' ') }, open: true };
}

/** What Escape does to it, for the last line of a page; undefined where it leaves it alone. */
export function filterEscape({ open, editor }: Filter): string | undefined {
  return open || editor.text !== '' ? 'esc shows all' : undefined;
}

/** The keys that are none of its letters; undefined where keys do not go into it. */
export function filterKeys({ open }: Filter): readonly KeyHelp[] | undefined {
  return open ? typingKeys : undefined;
}

const typingKeys: readonly KeyHelp[] = [{ keys: 'enter', about: 'keep what is found', brief: 'keeps what is found' }];

/** Its words: all of them have to hold. `name:value` asks for a member. Lower case. */
export function wordsOf({ editor }: Filter): readonly string[] {
  return editor.text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
}

/** Whether something that can be asked about by its members and its text passes. */
export function passes(words: readonly string[], members: Readonly<Record<string, string>>): boolean {
  const all = Object.values(members).join(' ').toLowerCase();
  return words.every((word) => {
    const [, name = '', value = ''] = /^([a-z]+):(.*)$/.exec(word) ?? [];
    const member = Object.hasOwn(members, name) ? members[name] : undefined;
    return member === undefined ? all.includes(word) : member.toLowerCase().includes(value);
  });
}
