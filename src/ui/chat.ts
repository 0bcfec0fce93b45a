import type { Event } from '../core/event.ts';
import { openDialog } from './approval.ts';
import { type Changes, changesOf } from './changes.ts';
import type { ChatDesk, ChatTerminal } from './chat-desk.ts';
import { type ChatState, newState } from './chat-state.ts';
import { runCommand } from './commands.ts';
import type { ChatController, ChatFacts, Mention, RunEnd } from './controller.ts';
import { type Conversation, openConversation } from './conversation.ts';
import { emptyEditor, wholeText } from './editor.ts';
import { type Guard, guard } from './guard.ts';
import { remember } from './history.ts';
import { interrupted } from './interrupt.ts';
import { commandTable } from './key-table.ts';
import type { Key } from './keys.ts';
import type { LiveView } from './live.ts';
import { press } from './press.ts';
import { replayed } from './replayed.ts';
import { add, reduce, reduceDelta, type Screen } from './state.ts';
import { knowSubject } from './subject.ts';

/** A chat: what is on the screen, and what keys do to it. It knows nothing of React or of escape sequences. */
export interface Chat {
  /** Keys of one read. */
  press(keys: readonly Key[]): void;
  /** Someone is told whenever the view has changed. @returns how to stop it */
  subscribe(changed: () => void): () => void;
  /** The same object until something changes. */
  view(): LiveView;
  /** Everything that is known of the conversation, also while the chat is hidden. */
  screen(): Screen;
  /** A frame of the current view has reached the terminal. */
  drawn(): void;
  hide(hidden: boolean): void;
  /** The terminal has another size. */
  resize(): void;
  /** What Ctrl+C does. */
  interrupt(): void;
  /** Leaves once the run, where there is one, has been stopped in good order. */
  quit(): void;
  /** Runs a slash command. */
  command(line: string): void;
  /** Says something. */
  note: ChatDesk['note'];
  /** How the last run ended. */
  lastEnd(): RunEnd | undefined;
  close(): void;
}

const spinMs = 120;

export function openChat(controller: ChatController, terminal: ChatTerminal, now: () => number = Date.now): Chat {
  const { facts } = controller;
  const state = newState(facts.draft, controller.history.read(), replayed(controller.earlier));
  const guarded = guard(now);
  const changes = changesOf<LiveView>(
    (deltas) => {
      for (const delta of deltas) state.screen = reduceDelta(state.screen, delta);
    },
    () => viewOf(state, controller.facts, now()),
  );
  const spinning = setInterval(() => {
    if (state.busy && state.dialog === undefined && !state.hidden) changes.changed();
  }, spinMs);
  const parts: ChatParts = { state, controller, terminal, guarded, changes };
  const conversation = openConversation({
    state,
    controller,
    now,
    leave: terminal.leave,
    applyDeltas: changes.applyDeltas,
    changed: changes.changed,
    ended: ({ status, hint }) => {
      if (status !== 'paused' && hint !== undefined) desk.note(hint, 'warn');
      followApprovals(parts);
    },
  });
  const { desk, forget } = openDesk(parts, conversation);
  const unsubscribe = controller.subscribe({
    event: (event) => {
      hear(parts, event);
      // Tables may have come and plans been stored.
      if (event.type === 'run.finished' || event.type === 'plan.stored') forget();
    },
    delta: changes.delta,
  });
  desk.note(`harness chat · app ${facts.app} · workspace ${facts.workspace} · session ${facts.session}`);
  followApprovals(parts);
  if (controller.resume) conversation.play(controller.resume());
  return {
    ...viewing(parts),
    press: (read) => {
      state.notice = undefined;
      const alone = read.length === 1;
      for (const key of read) press(desk, key, alone && (key.kind !== 'text' || [...key.text].length === 1));
      changes.changed();
    },
    interrupt: desk.interrupt,
    quit: () => {
      conversation.quit();
      changes.changed();
    },
    command: (line) => {
      desk.command(line);
      changes.changed();
    },
    note: (text, tone) => {
      desk.note(text, tone);
      changes.changed();
    },
    lastEnd: conversation.lastEnd,
    close: () => {
      clearInterval(spinning);
      changes.close();
      unsubscribe();
    },
  };
}

interface ChatParts extends Pick<ChatDesk, 'state' | 'controller' | 'terminal' | 'guarded'> {
  readonly guarded: Guard;
  readonly changes: Changes<LiveView>;
}

/** How the chat is seen. */
function viewing({
  state,
  guarded,
  changes,
}: ChatParts): Pick<Chat, 'subscribe' | 'view' | 'screen' | 'drawn' | 'hide' | 'resize'> {
  return {
    subscribe: changes.subscribe,
    view: changes.view,
    screen: () => state.screen,
    drawn: () => {
      const { dialog, hidden } = changes.view();
      if (dialog && !dialog.aside && !hidden && state.dialog === dialog) guarded.drawn();
    },
    hide: (hidden) => {
      state.hidden = hidden ? (state.hidden ?? { done: state.screen.done }) : undefined;
      guarded.close();
      changes.changed();
    },
    resize: changes.changed,
  };
}

function hear(parts: ChatParts, event: Event): void {
  const { state, controller, changes } = parts;
  changes.applyDeltas();
  if (event.type === 'approval.requested') state.screen = knowSubject(controller, state.screen, event.data.subject);
  state.screen = reduce(state.screen, event);
  followApprovals(parts);
  changes.changedSoon();
}

/** The first approval that waits is the question on the screen. */
function followApprovals({ state, guarded, terminal }: ChatParts): void {
  const [first] = state.screen.pending;
  if (state.dialog?.approval.approval === first?.approval) return;
  state.dialog = first && openDialog(first);
  if (!first) return;
  guarded.close();
  terminal.bell();
}

/** What keys and commands work with. @returns with how to forget what can be mentioned */
function openDesk(parts: ChatParts, conversation: Conversation): { readonly desk: ChatDesk; forget(): void } {
  const { state, controller, terminal, guarded, changes } = parts;
  let mentions: readonly Mention[] | undefined;
  const show: ChatDesk['show'] = (item) => {
    state.screen = add(state.screen, item);
  };
  const note: ChatDesk['note'] = (text, tone = 'plain') => show({ kind: 'note', text, tone });
  const { page, copy } = terminal;
  const { takeBack, stop, quit } = conversation;
  const command = (line: string) => {
    runCommand(line, { controller, screen: state.screen, note, show, page, copy, quit });
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
    changed: changes.changed,
    show,
    note,
    command,
    submit: () => submit(desk, conversation),
    reopen: () => {
      if (!state.dialog) return;
      state.dialog = { ...state.dialog, aside: false };
      guarded.close();
    },
    takeBack: () => takeBack(Math.min(1, state.queue.length)),
    stop,
    interrupt: () => {
      interrupted(state, { stop, leave: terminal.leave });
      changes.changed();
    },
    quit,
  };
  return {
    desk,
    forget: () => {
      mentions = undefined;
    },
  };
}

function submit({ state, controller, reopen, command }: ChatDesk, conversation: Conversation): void {
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
  conversation.say(prompt);
}

function viewOf(state: ChatState, facts: ChatFacts, now: number): LiveView {
  const { editor, queue, dialog, menu, busy, stopping, notice, hidden, search, history } = state;
  const found = search?.at === undefined ? undefined : history.prompts[search.at];
  const searching = search && { query: search.query, found };
  const screen = hidden ? { ...state.screen, done: hidden.done } : state.screen;
  const shown = { facts, screen, editor, queue, dialog, menu, busy, stopping, notice };
  return { ...shown, hidden: hidden !== undefined, search: searching, now };
}
