import type { ChatDesk } from './chat-desk.ts';
import type { Armed } from './chat-state.ts';
import { complete, menuFor } from './complete.ts';
import { type Editor, edit, emptyEditor, hasLine, insert, wholeText, withText } from './editor.ts';
import { findBefore, move } from './history.ts';
import type { Key } from './keys.ts';
import { askAgain, nextMode } from './modes.ts';
import { openedPalette, pressPalette } from './palette.ts';
import { pressDialog } from './press-dialog.ts';
import { typed } from './typed.ts';
import { noted } from './undo.ts';

/** A key with what went before it. */
interface Stroke {
  readonly key: Key;
  /** Its name; empty for text. */
  readonly name: string;
  /** No other key came with it in the same read. */
  readonly alone: boolean;
  /** What the key before it has prepared. */
  readonly armed: Armed | undefined;
}

/**
 * What the keys of a read do.
 * @param alone no other key came in it @returns those that come after one that has opened a page
 */
export function pressAll(desk: ChatDesk, keys: readonly Key[], alone: boolean): readonly Key[] {
  for (const [at, key] of keys.entries()) {
    press(desk, key, alone && (key.kind !== 'text' || [...key.text].length === 1));
    if (desk.terminal.covered()) return keys.slice(at + 1);
  }
  return [];
}

function press(desk: ChatDesk, key: Key, alone: boolean): void {
  const { state } = desk;
  const name = key.kind === 'key' ? key.name : '';
  const stroke: Stroke = { key, name, alone, armed: state.armed };
  state.armed = undefined;
  if (name !== 'ctrl+c') state.leaving = false;
  if (!pressed(always, desk, stroke)) pressLayer(desk, stroke);
}

type Keys = Readonly<Record<string, (desk: ChatDesk, stroke: Stroke) => unknown>>;

/** Does what a table says of a key. @returns whether it meant something */
function pressed(keys: Keys, desk: ChatDesk, stroke: Stroke): boolean {
  const action = Object.hasOwn(keys, stroke.name) ? keys[stroke.name] : undefined;
  return action !== undefined && action(desk, stroke) !== false;
}

/** Keys that mean the same whatever is on the screen. An action that gives `false` leaves the key to what follows. */
const always: Keys = {
  'ctrl+c': ({ interrupt }) => interrupt(),
  'ctrl+z': ({ terminal }) => terminal.suspend(),
  'ctrl+l': ({ terminal }) => terminal.redraw(),
  'shift+tab': (desk, { armed, alone }) => nextMode(desk, armed === 'auto' && alone),
  esc: (desk, { armed }) => (armed === 'auto' ? askAgain(desk) : false),
};

/** What lies on top has the key. */
function pressLayer(desk: ChatDesk, stroke: Stroke): void {
  const { dialog, palette, search } = desk.state;
  if (dialog && !dialog.aside) {
    if (!pressDialog(desk, stroke.key, stroke.alone)) pressBelow(desk, stroke.key);
    return;
  }
  if (stroke.key.kind === 'text') desk.guarded.typed();
  if (palette) pressPalette(desk, stroke.key);
  else if (search) pressSearch(desk, stroke.key);
  else pressLine(desk, stroke);
}

/** What was typed when a question came up belongs to what lies below it, and is there again afterwards. It only writes. */
function pressBelow(desk: ChatDesk, key: Key): void {
  const { state, guarded } = desk;
  if (key.kind === 'text') guarded.typed();
  if (state.palette || state.search) {
    if (key.kind === 'key') return;
    if (state.palette) pressPalette(desk, key);
    else pressSearch(desk, key);
  } else {
    state.editor = typed(state.editor, key) ?? state.editor;
    state.menu = undefined;
  }
}

function pressLine(desk: ChatDesk, stroke: Stroke): void {
  const { key } = stroke;
  const { editor } = desk.state;
  if (pressMenu(desk, stroke.name) || pressed(line, desk, stroke)) return;
  if (key.kind === 'text' && key.text === '?' && editor.text === '') desk.command('/help');
  else {
    const next = typed(editor, key);
    if (next) setEditor(desk, next);
  }
}

function setEditor(desk: ChatDesk, editor: Editor): void {
  desk.state.editor = editor;
  desk.state.menu = menuFor(editor, desk.commands, desk.mentions);
}

function pressMenu(desk: ChatDesk, name: string): boolean {
  const { menu, editor } = desk.state;
  if (!menu) return false;
  if (name === 'tab' || (name === 'enter' && menu.moved)) {
    setEditor(desk, noted(editor, complete(editor, menu)));
    desk.state.menu = undefined;
  } else if (name === 'up' || name === 'down') {
    const step = name === 'up' ? menu.items.length - 1 : 1;
    desk.state.menu = { ...menu, selected: (menu.selected + step) % menu.items.length, moved: true };
  } else if (name === 'esc') desk.state.menu = undefined;
  else return false;
  return true;
}

function pressSearch(desk: ChatDesk, key: Key): void {
  const { state } = desk;
  const { search, history } = state;
  if (!search) return;
  const { prompts } = history;
  const found = search.at === undefined ? undefined : prompts[search.at];
  const look = (query: string, before: number, kept?: number) => {
    state.search = { query, at: findBefore(prompts, query, before) ?? kept };
  };
  if (key.kind !== 'key') look(search.query + key.text.split('\n').join(' '), (search.at ?? prompts.length - 1) + 1);
  else if (key.name === 'ctrl+r') look(search.query, search.at ?? 0, search.at);
  else if (key.name === 'backspace') look(search.query.slice(0, -1), prompts.length);
  else {
    state.search = undefined;
    const back = key.name === 'esc' || key.name === 'ctrl+g';
    if (!back && found !== undefined) setEditor(desk, noted(state.editor, withText(found, state.editor)));
  }
}

/** Keys where a prompt is written. */
const line: Keys = {
  enter: (desk) => {
    const { editor } = desk.state;
    const { text, caret } = editor;
    if (text[caret - 1] !== '\\') return desk.submit();
    const before = { ...editor, text: text.slice(0, caret - 1) + text.slice(caret), caret: caret - 1 };
    setEditor(desk, noted(editor, insert(before, '\n')));
  },
  esc: (desk, { armed }) => {
    const { state, command } = desk;
    if (state.busy) {
      if (!state.stopping) desk.stop();
    } else if (armed === 'rewind') command('/rewind');
    else if (state.editor.text === '') {
      state.armed = 'rewind';
      state.notice = 'esc again: back to an earlier prompt';
    }
  },
  tab: ({ state, reopen }) => {
    if (state.dialog?.aside) reopen();
  },
  'ctrl+d': (desk) => {
    const { editor } = desk.state;
    if (editor.text === '') desk.quit();
    else setEditor(desk, noted(editor, edit(editor, 'delete') ?? editor));
  },
  'ctrl+g': (desk) => void editPrompt(desk),
  'ctrl+o': ({ command }) => command('/expand'),
  'ctrl+t': ({ command }) => command('/plan'),
  'ctrl+p': ({ state }) => {
    state.palette = openedPalette;
    state.menu = undefined;
  },
  'ctrl+r': ({ state }) => {
    const { prompts } = state.history;
    state.search = { query: '', at: prompts.length === 0 ? undefined : prompts.length - 1 };
  },
  'alt+up': ({ takeBack }) => takeBack(),
  up: (desk) => older(desk, -1),
  down: (desk) => older(desk, 1),
};

function older({ state }: ChatDesk, way: -1 | 1): boolean {
  if (hasLine(state.editor, way)) return false;
  const moved = move(state.history, way, state.editor.text);
  if (moved) {
    state.history = moved.history;
    state.editor = withText(moved.text, state.editor);
  }
  return true;
}

async function editPrompt(desk: ChatDesk): Promise<void> {
  const { state } = desk;
  const text = await desk.terminal.edit(wholeText(state.editor), 'prompt.md');
  if (text === undefined) desk.note('The editor gave nothing back; set $EDITOR.', 'bad');
  else setEditor(desk, noted(state.editor, withText(text.replace(/\n$/, ''), emptyEditor)));
  desk.changed();
}
