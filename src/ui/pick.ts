import { createInterface } from 'node:readline';
import type { Key } from './keys.ts';
import { safeLine } from './lines.ts';
import { loadInk } from './load-ink.ts';
import { pageLines } from './page-frame.ts';
import type { Pages } from './pages.ts';
import type { Theme } from './paint.ts';
import { factsText, workspaceChoice } from './screens/workspaces.ts';
import { openTty, stopProcess } from './terminal.ts';
import type { WorkspaceList } from './workspace-list.ts';

/**
 * Lets a person choose a workspace, on a page of its own that leaves no trace in the terminal.
 * @returns undefined when they leave instead
 */
export async function pickWorkspace(list: WorkspaceList, theme: Theme): Promise<string | undefined> {
  const ink = await loadInk();
  const { stdout } = process;
  let answer: (workspace: string | undefined) => void = () => undefined;
  const answered = new Promise<string | undefined>((resolve) => {
    answer = resolve;
  });
  const leave = () => answer(undefined);
  const pages = onePage(list, {
    choose: (name) => answer(name),
    leave,
    suspend: () => void suspend(),
    redraw: () => again(),
  });
  const tty = openTty(pages.press, leave);
  const draw = () => ink.drawPages(pages, theme);
  let drawing: ReturnType<typeof draw> | undefined;
  const show = () => {
    tty.claim();
    tty.alternate(true);
    drawing = draw();
  };
  const hide = () => {
    drawing?.unmount();
    drawing = undefined;
    tty.alternate(false);
  };
  const again = () => {
    if (!drawing) return;
    drawing.unmount();
    stdout.write('\u001b[2J\u001b[H');
    drawing = draw();
  };
  const suspend = async () => {
    hide();
    tty.release();
    await stopProcess();
    show();
  };
  const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, leave);
  stdout.on('resize', again);
  show();
  try {
    return await answered;
  } finally {
    stdout.off('resize', again);
    for (const signal of signals) process.off(signal, leave);
    hide();
    tty.close();
  }
}

interface OnePage {
  choose(workspace: string): void;
  leave(): void;
  suspend(): void;
  redraw(): void;
}

/** The page of workspaces alone: there is no chat below it yet. */
function onePage(list: WorkspaceList, { choose, leave, suspend, redraw }: OnePage): Pages {
  const page = workspaceChoice(list, { choose, escape: 'esc quit' });
  const listeners = new Set<() => void>();
  let version = 0;
  const changed = () => {
    version += 1;
    for (const listener of listeners) listener();
  };
  const press = (key: Key) => {
    const name = key.kind === 'key' ? key.name : '';
    if (name === 'ctrl+z') suspend();
    else if (name === 'ctrl+l') redraw();
    else if (name === 'ctrl+c' || name === 'ctrl+d') leave();
    else if (!page.press(key) && name === 'esc') leave();
  };
  return {
    open: () => undefined,
    at: () => 'open',
    press: (keys) => {
      for (const key of keys) press(key);
      changed();
      return [];
    },
    changed,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    version: () => version,
    lines: (look, rows) => pageLines({ page, depth: 1, said: undefined, waiting: 0 }, look, rows),
    close: leave,
  };
}

/** The same as a question in words, for a reader that speaks. */
export function askWorkspace(list: WorkspaceList): Promise<string | undefined> {
  const { stdin, stdout } = process;
  const { workspaces, last, app } = list;
  const lines = createInterface({ input: stdin, output: stdout, terminal: false });
  const say = (line: string) => stdout.write(`${line}\n`);
  const ask = () => stdout.write(`Which workspace? A number or a name; Enter takes ${last}: `);
  say(`App ${safeLine(app, 80)} has ${workspaces.length} workspaces.`);
  for (const [at, { name, displayName, description }] of workspaces.entries()) {
    const glance = list.look(name);
    const waits = glance.pending > 0 ? ` ${glance.pending} waiting for approval.` : '';
    const about = [displayName, description].filter((text) => text !== '').join('. ');
    say(safeLine(`${at + 1}: ${name}. ${about}${about.endsWith('.') || about === '' ? '' : '.'}${waits}`, 200));
    say(`   ${safeLine(factsText(glance, Date.now()), 200)}`);
  }
  return new Promise((resolve) => {
    let answered: string | undefined;
    const leave = () => lines.close();
    process.on('SIGINT', leave);
    process.on('SIGTERM', leave);
    lines.on('line', (line) => {
      const word = line.trim();
      answered = word === '' ? last : chosen(list, word);
      if (answered !== undefined) lines.close();
      else {
        say(`There is no workspace "${safeLine(word, 60)}"; a number from 1 to ${workspaces.length}, or a name.`);
        ask();
      }
    });
    lines.on('close', () => {
      process.off('SIGINT', leave);
      process.off('SIGTERM', leave);
      resolve(answered);
    });
    ask();
  });
}

function chosen({ workspaces }: WorkspaceList, word: string): string | undefined {
  const named = workspaces.find(({ name }) => name === word) ?? workspaces[Number(word) - 1];
  return named?.name;
}
