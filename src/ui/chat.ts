import type { Event } from '../core/event.ts';
import type { Delta } from '../core/ports.ts';
import { openDialog } from './approval.ts';
import type { ChatDesk, ChatTerminal } from './chat-desk.ts';
import { type ChatState, newState } from './chat-state.ts';
import { runCommand } from './commands.ts';
import type { ChatController, Mention, RunEnd } from './controller.ts';
import { emptyEditor, wholeText, withText } from './editor.ts';
import { guard } from './guard.ts';
import { remember } from './history.ts';
import { commandTable } from './key-table.ts';
import type { Key } from './keys.ts';
import type { LiveView } from './live.ts';
import { press } from './press.ts';
import { replayed } from './replayed.ts';
import { add, pauseRun, reduce, reduceDelta } from './state.ts';
import { knowSubject } from './subject.ts';

/** A chat: what is on the screen, and what keys do to it. It knows nothing of React or of escape sequences. */
export interface Chat {
  /** Keys of one read. */
  press(keys: readonly Key[]): void;
  /** Someone is told whenever the view has changed. @returns how to stop it */
  subscribe(changed: () => void): () => void;
  /** The same object until something changes. */
  view(): LiveView;
  /** A frame of the current view has reached the terminal. */
  drawn(): void;
  hide(hidden: boolean): void;
  /** The terminal has another size. */
  resize(): void;
  /** What Ctrl+C does. */
  interrupt(): void;
  /** Leaves once the run, where there is one, has been stopped in good order. */
  quit(): void;
  /** How the last run ended. */
  lastEnd(): RunEnd | undefined;
  close(): void;
}

/** Streamed text and events are shown at most this often. Milliseconds. */
const batchMs = 50;
const spinMs = 120;

export function openChat(controller: ChatController, terminal: ChatTerminal, now: () => number = Date.now): Chat {
  const { facts } = controller;
  const state = newState(facts.draft, controller.history.read(), replayed(controller.earlier));
  const guarded = guard(now);
  const screen = changes(state, () => viewOf(state, facts, now()));
  let mentions: readonly Mention[] | undefined;
  let last: RunEnd | undefined;

  const spinning = setInterval(() => {
    if (state.busy && state.dialog === undefined && !state.hidden) screen.changed();
  }, spinMs);
  const show: ChatDesk['show'] = (item) => {
    state.screen = add(state.screen, item);
  };
  const note: ChatDesk['note'] = (text, tone = 'plain') => show({ kind: 'note', text, tone });

  /** The first approval that waits is the question on the screen. */
  const followApprovals = () => {
    const [first] = state.screen.pending;
    if (state.dialog?.approval.approval === first?.approval) return;
    state.dialog = first && openDialog(first);
    if (!first) return;
    guarded.close();
    terminal.bell();
  };
  const unsubscribe = controller.subscribe({
    event: (event: Event) => {
      screen.applyDeltas();
      if (event.type === 'approval.requested') state.screen = knowSubject(controller, state.screen, event.data.subject);
      state.screen = reduce(state.screen, event);
      // Tables may have come and plans been stored.
      if (event.type === 'run.finished' || event.type === 'plan.stored') mentions = undefined;
      followApprovals();
      screen.changedSoon();
    },
    delta: screen.delta,
  });

  const play = (run: Promise<RunEnd>) => {
    state.busy = true;
    state.stopping = false;
    state.notice = undefined;
    run.then(ended, (error) => terminal.leave({ force: false, error }));
  };
  const ended = (end: RunEnd) => {
    screen.applyDeltas();
    last = end;
    if (end.status === 'paused') {
      const ms = now() - (state.screen.run?.startedAt ?? now());
      state.screen = pauseRun(state.screen, ms, end.hint ?? '');
    } else if (end.hint !== undefined) note(end.hint, 'warn');
    state.busy = false;
    state.stopping = false;
    followApprovals();
    if (state.quitting) {
      terminal.leave({ force: false });
      return;
    }
    const [next, ...others] = state.queue;
    if (next !== undefined && end.status === 'done') {
      state.queue = others;
      play(controller.send(next));
    } else takeBack(state.queue.length);
    screen.changed();
  };
  /** Queued prompts go back into the editor, before what stands there. */
  const takeBack = (count: number) => {
    if (count === 0) return;
    const texts = state.queue.slice(-count);
    state.queue = state.queue.slice(0, -count);
    state.editor = withText([...texts, state.editor.text].filter((text) => text !== '').join('\n'), state.editor);
  };
  const submit = () => {
    const prompt = wholeText(state.editor).trim();
    if (prompt === '') {
      if (state.dialog?.aside) reopen();
      return;
    }
    state.editor = emptyEditor;
    state.menu = undefined;
    if (/^\/[a-z]*(?:\s|$)/.test(prompt)) {
      command(prompt);
      return;
    }
    state.history = remember(state.history, prompt);
    controller.history.add(prompt);
    if (state.busy) state.queue = [...state.queue, prompt];
    else play(controller.send(prompt));
  };
  const command = (line: string) => runCommand(line, { facts, screen: state.screen, note, show, quit });
  const reopen = () => {
    if (!state.dialog) return;
    state.dialog = { ...state.dialog, aside: false };
    guarded.close();
  };
  const stop = () => {
    state.stopping = true;
    controller.cancel();
  };
  const quit = () => {
    if (!state.busy) {
      terminal.leave({ force: false });
      return;
    }
    state.quitting = true;
    if (!state.stopping) stop();
  };
  const interrupt = () => {
    interrupted(state, { stop, leave: terminal.leave });
    screen.changed();
  };
  const desk: ChatDesk = {
    state,
    controller,
    terminal,
    guarded,
    commands: Object.entries(commandTable).map(([name, about]) => ({ text: `/${name}`, about })),
    mentions: () => {
      mentions ??= controller.mentions();
      return mentions;
    },
    changed: screen.changed,
    show,
    note,
    command,
    submit,
    reopen,
    takeBack: () => takeBack(Math.min(1, state.queue.length)),
    stop,
    interrupt,
    quit,
  };
  note(`harness chat · app ${facts.app} · workspace ${facts.workspace} · session ${facts.session}`);
  followApprovals();
  if (controller.resume) play(controller.resume());
  return {
    press: (read) => {
      state.notice = undefined;
      const alone = read.length === 1;
      for (const key of read) press(desk, key, alone && (key.kind !== 'text' || [...key.text].length === 1));
      screen.changed();
    },
    subscribe: screen.subscribe,
    view: screen.view,
    drawn: () => {
      const { dialog, hidden } = screen.view();
      if (dialog && !dialog.aside && !hidden && state.dialog === dialog) guarded.drawn();
    },
    hide: (hidden) => {
      state.hidden = hidden;
      guarded.close();
      screen.changed();
    },
    resize: screen.changed,
    interrupt,
    quit: () => {
      quit();
      screen.changed();
    },
    lastEnd: () => last,
    close: () => {
      clearInterval(spinning);
      screen.close();
      unsubscribe();
    },
  };
}

/** The first Ctrl+C clears or stops, the next one leaves. */
function interrupted(state: ChatState, { stop, leave }: { stop(): void; readonly leave: ChatTerminal['leave'] }): void {
  const { dialog } = state;
  if (dialog?.words) {
    const { words: _dropped, ...back } = dialog;
    state.dialog = back;
  } else if (state.search) state.search = undefined;
  else if (state.editor.text !== '') {
    state.editor = emptyEditor;
    state.menu = undefined;
  } else if (state.busy && state.stopping) leave({ force: true });
  else if (state.busy) stop();
  else if (state.leaving) leave({ force: false });
  else {
    state.leaving = true;
    state.notice = 'ctrl+c again to quit';
  }
}

/** Tells listeners of changes; those that come in quick succession together. */
function changes(state: ChatState, make: () => LiveView) {
  const listeners = new Set<() => void>();
  let deltas: Delta[] = [];
  let timer: NodeJS.Timeout | undefined;
  let view: LiveView | undefined;
  let closed = false;
  const applyDeltas = () => {
    for (const delta of merged(deltas)) state.screen = reduceDelta(state.screen, delta);
    deltas = [];
  };
  const changed = () => {
    if (closed) return;
    clearTimeout(timer);
    timer = undefined;
    applyDeltas();
    view = undefined;
    for (const listener of listeners) listener();
  };
  const changedSoon = () => {
    if (!closed) timer ??= setTimeout(changed, batchMs);
  };
  return {
    applyDeltas,
    changed,
    changedSoon,
    delta: (delta: Delta) => {
      deltas.push(delta);
      changedSoon();
    },
    subscribe: (listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    view: () => {
      view ??= make();
      return view;
    },
    close: () => {
      closed = true;
      clearTimeout(timer);
    },
  };
}

function viewOf(state: ChatState, facts: ChatController['facts'], now: number): LiveView {
  const { screen, editor, queue, dialog, menu, busy, stopping, notice, hidden, search, history } = state;
  const found = search?.at === undefined ? undefined : history.prompts[search.at];
  const searching = search && { query: search.query, found };
  return { facts, screen, editor, queue, dialog, menu, busy, stopping, notice, hidden, search: searching, now };
}

/** Pieces that follow each other become one, so that each frame draws once. */
function merged(deltas: readonly Delta[]): Delta[] {
  const all: Delta[] = [];
  for (const delta of deltas) {
    const before = all.at(-1);
    const same = before?.span === delta.span && before.kind === delta.kind;
    if (before && same) all[all.length - 1] = { ...before, text: before.text + delta.text };
    else all.push(delta);
  }
  return all;
}
