import type { Mention } from './controller.ts';
import type { Editor } from './editor.ts';

/** A word that can stand in the place of the one at the caret. */
export interface Completion {
  readonly text: string;
  readonly about: string;
}

/** What is offered at the caret. */
export interface Menu {
  /** Where the word begins. */
  readonly from: number;
  readonly items: readonly Completion[];
  readonly selected: number;
  /** Whether a person has chosen among them, so that Enter takes the choice. */
  readonly moved: boolean;
}

/** Longer words are no names. */
const longestWord = 200;

/** At most so many are offered: whoever looks for more types a letter of it. */
const most = 100;

/** What to offer for the word at the caret: commands after `/` at the beginning, names after `@`. */
export function menuFor(
  { text, caret }: Editor,
  commands: readonly Completion[],
  mentions: () => readonly Mention[],
): Menu | undefined {
  const [word = ''] = /(?<![^\s])[/@][^\s]*$/.exec(text.slice(Math.max(0, caret - longestWord), caret)) ?? [];
  const from = caret - word.length;
  const offered =
    word.startsWith('/') && from === 0
      ? commands
      : word.startsWith('@')
        ? mentions().map(({ name, what }) => ({ text: `@${name}`, about: what }))
        : [];
  const items = best(offered, word.slice(1));
  const [only] = items;
  if (!only || (items.length === 1 && only.text === word)) return undefined;
  return { from, items, selected: 0, moved: false };
}

/** The editor with a completion in the place of the word at the caret. */
export function complete(editor: Editor, { from, items, selected }: Menu): Editor {
  const word = `${items[selected]?.text ?? ''} `;
  const rest = editor.text.slice(editor.caret).replace(/^ /, '');
  return { ...editor, text: editor.text.slice(0, from) + word + rest, caret: from + word.length };
}

function best(all: readonly Completion[], query: string): readonly Completion[] {
  const scored = all.flatMap((item, at) => {
    const score = match(item.text.slice(1).toLowerCase(), query.toLowerCase());
    return score === undefined ? [] : [{ item, score, at }];
  });
  scored.sort((a, b) => a.score - b.score || a.at - b.at);
  return scored.slice(0, most).map(({ item }) => item);
}

/** How badly a text fits letters that stand in it in order: 0 for a beginning, more for gaps; undefined for no fit. */
export function match(text: string, query: string): number | undefined {
  const whole = text.indexOf(query);
  if (whole !== -1) return whole === 0 ? 0 : 1 + (/[a-z0-9]/.test(text[whole - 1] ?? '') ? 1 : 0);
  let at = -1;
  let gaps = 0;
  for (const letter of query) {
    const next = text.indexOf(letter, at + 1);
    if (next === -1) return undefined;
    gaps += next - at - 1;
    at = next;
  }
  return 3 + gaps;
}
