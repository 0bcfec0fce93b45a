import type { KeyHelp } from '../key-table.ts';
import { moveIn } from '../list.ts';
import type { Page, PageDesk } from '../page.ts';
import type { Look } from '../paint.ts';

export interface TextPart {
  readonly title: string;
  readonly about?: string;
  /** All of it, in lines of at most `look.width` columns. Asked once for each width. */
  lines(look: Look): readonly string[];
  /** What `y` copies. */
  readonly copy?: string;
  readonly keys?: readonly KeyHelp[];
  /** @returns false for a key that means nothing here */
  press?(key: string): boolean;
}

/** A text of any length, in which one scrolls. */
export function textPage(desk: Pick<PageDesk, 'copy' | 'say'>, part: TextPart): Page {
  let top = 0;
  let height = 10;
  let made: { readonly width: number; readonly lines: readonly string[] } | undefined;
  const { copy } = part;
  return {
    title: part.title,
    about: () => {
      const count = made?.lines.length ?? 0;
      const place = count > height ? `${top + 1}–${Math.min(count, top + height)} of ${count}` : '';
      return [part.about ?? '', place].filter((text) => text !== '').join(' · ');
    },
    keys: [
      ...(part.keys ?? []),
      { keys: '↑↓', about: 'scroll' },
      ...(copy === undefined ? [] : [{ keys: 'y', about: 'copy' }]),
    ],
    lines: (look, rows) => {
      if (made?.width !== look.width) made = { width: look.width, lines: part.lines(look) };
      height = rows;
      top = Math.max(0, Math.min(top, made.lines.length - rows));
      return made.lines.slice(top, top + rows);
    },
    press: (key) => {
      const name = key.kind === 'key' ? key.name : key.text;
      if (part.press?.(name)) return true;
      if (name === 'y' && copy !== undefined) {
        desk.copy(copy);
        desk.say('copied', 'good');
        return true;
      }
      const next = moveIn(
        top,
        Math.max(1, (made?.lines.length ?? 1) - height + 1),
        name === ' ' ? 'pagedown' : name,
        height,
      );
      top = next ?? top;
      return next !== undefined;
    },
  };
}
