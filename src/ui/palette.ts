import type { ChatDesk } from './chat-desk.ts';
import { match } from './complete.ts';
import { insert } from './editor.ts';
import type { Key } from './keys.ts';
import { noted } from './undo.ts';

/** Something that can be done from the palette. */
export interface PaletteItem {
  /** A command, `/runs`, or an agent, `@planner`. */
  readonly name: string;
  readonly about: string;
}

/** What is searched for, and which of the finds is marked. */
export interface Palette {
  readonly query: string;
  readonly selected: number;
}

export const openedPalette: Palette = { query: '', selected: 0 };

/** What fits the letters, the best first: by name, then by what it is about. */
export function paletteItems(
  commands: readonly { readonly text: string; readonly about: string }[],
  agents: Readonly<Record<string, string>>,
  query: string,
): readonly PaletteItem[] {
  const all: PaletteItem[] = [
    ...commands.map(({ text, about }) => ({ name: text, about })),
    ...Object.entries(agents).map(([name, about]) => ({ name: `@${name}`, about: about === '' ? 'agent' : about })),
  ];
  const wanted = query.trim().toLowerCase();
  const scored = all.flatMap((item, at) => {
    const score = scoreOf(item, wanted);
    return score === undefined ? [] : [{ item, score, at }];
  });
  return scored.sort((a, b) => a.score - b.score || a.at - b.at).map(({ item }) => item);
}

/** Words of what it is about have to stand there as they are: letters with gaps are in nearly every sentence. */
function scoreOf({ name, about }: PaletteItem, wanted: string): number | undefined {
  const byName = match(name.slice(1).toLowerCase(), wanted.replace(/^[/@]/, ''));
  if (byName !== undefined) return byName;
  return about.toLowerCase().includes(wanted) ? 100 : undefined;
}

/** A key while the palette is open. */
export function pressPalette(desk: ChatDesk, key: Key): void {
  const { state } = desk;
  const { palette } = state;
  if (!palette) return;
  const look = (query: string) => {
    state.palette = { query, selected: 0 };
  };
  if (key.kind !== 'key') look(palette.query + key.text.split('\n').join(' '));
  else if (key.name === 'backspace') look([...palette.query].slice(0, -1).join(''));
  else if (Object.hasOwn(keys, key.name)) keys[key.name]?.(desk, palette);
}

const keys: Readonly<Record<string, (desk: ChatDesk, palette: Palette) => void>> = {
  esc: close,
  'ctrl+p': close,
  up: (desk, palette) => move(desk, palette, -1),
  down: (desk, palette) => move(desk, palette, 1),
  enter: (desk, palette) => {
    const chosen = itemsOf(desk, palette)[palette.selected];
    if (!chosen) return;
    close(desk);
    if (chosen.name.startsWith('/')) desk.command(chosen.name, true);
    else write(desk, chosen);
  },
  tab: (desk, palette) => {
    const chosen = itemsOf(desk, palette)[palette.selected];
    if (!chosen) return;
    close(desk);
    write(desk, chosen);
  },
};

function close({ state }: ChatDesk): void {
  state.palette = undefined;
}

function move(desk: ChatDesk, palette: Palette, way: -1 | 1): void {
  const count = itemsOf(desk, palette).length;
  if (count > 0) desk.state.palette = { ...palette, selected: (palette.selected + way + count) % count };
}

function itemsOf({ commands, controller }: ChatDesk, { query }: Palette): readonly PaletteItem[] {
  return paletteItems(commands, controller.facts.agents, query);
}

/** A command stands at the beginning, where it is one; a name at the caret. */
function write({ state }: ChatDesk, { name }: PaletteItem): void {
  const { editor } = state;
  const at = name.startsWith('/') ? { ...editor, caret: 0 } : editor;
  state.editor = noted(editor, insert(at, `${name} `));
}
