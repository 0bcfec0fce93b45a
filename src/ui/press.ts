import type { ChatDesk } from './chat-desk.ts';
import { complete, menuFor } from './complete.ts';
import { type Editor, edit, emptyEditor, hasLine, insert, wholeText, withText } from './editor.ts';
import { findBefore, move } from './history.ts';
import type { Key } from './keys.ts';
import { pressDialog } from './press-dialog.ts';
import { typed } from './typed.ts';

/** What a key does. @param alone no other key came with it in the same read */
export function press(desk: ChatDesk, key: Key, alone: boolean): void {
  const { state } = desk;
  const name = key.kind === 'key' ? key.name : '';
  if (name !== 'ctrl+c') state.leaving = false;
  if (pressAlways(desk, name)) return;
  if (state.dialog && !state.dialog.aside) pressDialog(desk, key, alone);
  else if (state.search) pressSearch(desk, key);
  else if (pressMenu(desk, name) || pressKey(desk, name)) return;
  else if (key.kind === 'text' && key.text === '?' && state.editor.text === '') desk.command('/help');
  else {
    const next = typed(state.editor, key);
    if (next) setEditor(desk, next);
  }
}

/** Keys that mean the same whatever is on the screen. */
function pressAlways({ interrupt, terminal }: ChatDesk, name: string): boolean {
  if (name === 'ctrl+c') interrupt();
  else if (name === 'ctrl+z') terminal.suspend();
  else if (name === 'ctrl+l') terminal.redraw();
  else return false;
  return true;
}

function setEditor(desk: ChatDesk, editor: Editor): void {
  desk.state.editor = editor;
  desk.state.menu = menuFor(editor, desk.commands, desk.mentions);
}

function pressMenu(desk: ChatDesk, name: string): boolean {
  const { menu, editor } = desk.state;
  if (!menu) return false;
  if (name === 'tab' || (name === 'enter' && menu.moved)) {
    setEditor(desk, complete(editor, menu));
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
  const look = (query: string, before: number) => {
    state.search = { query, at: findBefore(prompts, query, before) };
  };
  if (key.kind !== 'key') look(search.query + key.text.split('\n').join(' '), (search.at ?? prompts.length - 1) + 1);
  else if (key.name === 'ctrl+r') look(search.query, search.at ?? prompts.length);
  else if (key.name === 'backspace') look(search.query.slice(0, -1), prompts.length);
  else {
    state.search = undefined;
    if (key.name !== 'esc' && key.name !== 'ctrl+g' && found !== undefined) setEditor(desk, withText(found));
  }
}

function pressKey(desk: ChatDesk, name: string): boolean {
  const action = Object.hasOwn(keys, name) ? keys[name] : undefined;
  return action !== undefined && action(desk) !== false;
}

/** An action that gives `false` leaves the key to the editor. */
const keys: Readonly<Record<string, (desk: ChatDesk) => unknown>> = {
  enter: (desk) => {
    const { text, caret } = desk.state.editor;
    if (text[caret - 1] !== '\\') return desk.submit();
    const before = { ...desk.state.editor, text: text.slice(0, caret - 1) + text.slice(caret), caret: caret - 1 };
    setEditor(desk, insert(before, '\n'));
  },
  esc: ({ state, stop }) => {
    if (state.busy && !state.stopping) stop();
  },
  tab: ({ state, reopen }) => {
    if (state.dialog?.aside) reopen();
  },
  'ctrl+d': (desk) => {
    const { editor } = desk.state;
    if (editor.text === '') desk.quit();
    else setEditor(desk, edit(editor, 'delete') ?? editor);
  },
  'ctrl+g': (desk) => void editPrompt(desk),
  'ctrl+o': ({ command }) => command('/expand'),
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
  const text = await desk.terminal.edit(wholeText(desk.state.editor), 'prompt.md');
  if (text === undefined) desk.note('The editor gave nothing back; set $EDITOR.', 'bad');
  else setEditor(desk, withText(text.replace(/\n$/, ''), emptyEditor));
  desk.changed();
}
