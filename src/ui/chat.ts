import type { Event } from '../core/event.ts';
import { openDialog } from './approval.ts';
import { duration } from './brief.ts';
import { type Changes, changesOf } from './changes.ts';
import type { ChatDesk, ChatTerminal } from './chat-desk.ts';
import { type ChatState, newState } from './chat-state.ts';
import { type CommandContext, runCommand } from './commands.ts';
import type { ChatController, Mention, RunEnd } from './controller.ts';
import { type Conversation, openConversation } from './conversation.ts';
import { emptyEditor, insert, wholeText, withText } from './editor.ts';
import { entered, opened } from './entered.ts';
import { type Guard, guard } from './guard.ts';
import { remember } from './history.ts';
import { interrupted } from './interrupt.ts';
import { commandTable } from './key-table.ts';
import type { Key } from './keys.ts';
import type { LiveView } from './live.ts';
import { press } from './press.ts';
import { questionOf } from './question-lines.ts';
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
  /** Puts a text into the editor; without one, a question that was put aside stands on the screen again. */
  turnTo(text?: string): void;
  /** Says something. */
  note: ChatDesk['note'];
  /** How the last run ended. */
  lastEnd(): RunEnd | undefined;
  close(): void;
}

const spinMs = 120;

/** Whoever waits so long for a run may look elsewhere. Milliseconds. */
const longRunMs = 30_000;

const commandList = Object.entries(commandTable).map(([name, about]) => ({ text: `/${name}`, about }));

export function openChat(controller: ChatController, terminal: ChatTerminal, now: () => number = Date.now): Chat {
  const { facts } = controller;
  const state = newState(facts.draft, controller.history.read(), opened(controller), terminal.theme);
  const guarded = guard(now);
  const changes = changesOf<LiveView>(
    (deltas) => {
      for (const delta of deltas) state.screen = reduceDelta(state.screen, delta);
    },
    () => viewOf(state, controller, now()),
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
    ended: ({ status, hint }, ms) => {
      if (ms >= longRunMs) terminal.notify(`${controller.facts.workspace}: ${status} after ${duration(ms)}`);
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
    moving: conversation.moving,
    moved: (end) => {
      forget();
      if (end === 'arrived') enter(parts);
      conversation.moved(end);
      changes.changed();
    },
    told: (text, tone) => {
      desk.note(text, tone);
      changes.changed();
    },
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
    turnTo: (text) => {
      if (text !== undefined) state.editor = insert(state.editor, text);
      else if (state.dialog?.aside) desk.reopen();
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
  controller,
  terminal,
  guarded,
  changes,
}: ChatParts): Pick<Chat, 'subscribe' | 'view' | 'screen' | 'drawn' | 'hide' | 'resize'> {
  let told: string | undefined;
  return {
    subscribe: changes.subscribe,
    view: changes.view,
    screen: () => state.screen,
    drawn: () => {
      const { dialog, hidden } = changes.view();
      if (!dialog || dialog.aside || hidden || state.dialog !== dialog) return;
      guarded.drawn();
      const { approval } = dialog.approval;
      if (told === approval) return;
      told = approval;
      terminal.notify(`${controller.facts.workspace}: ${questionOf(dialog)}`);
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

/** The chat is in another conversation now. */
function enter(parts: ChatParts): void {
  const { state, controller } = parts;
  // What was said of approvals was said in another conversation.
  controller.setMode('ask');
  state.screen = entered(controller, state.screen.done);
  state.history = { prompts: controller.history.read(), at: undefined, draft: '' };
  followApprovals(parts);
}

/** An approval that waits is the question on the screen: the one that is there, else the first. */
function followApprovals({ state, guarded }: ChatParts): void {
  const { pending } = state.screen;
  if (pending.some(({ approval }) => approval === state.dialog?.approval.approval)) return;
  const [first] = pending;
  state.dialog = first && openDialog(first);
  if (first) guarded.close();
}

/** What keys and commands work with. @returns with how to forget what can be mentioned */
function openDesk(parts: ChatParts, conversation: Conversation): { readonly desk: ChatDesk; forget(): void } {
  const { state, controller, terminal, guarded, changes } = parts;
  let mentions: readonly Mention[] | undefined;
  const show: ChatDesk['show'] = (item) => {
    state.screen = add(state.screen, item);
    changes.changedSoon();
  };
  const note: ChatDesk['note'] = (text, tone = 'plain') => show({ kind: 'note', text, tone });
  const { page, copy } = terminal;
  const look: CommandContext['look'] = {
    theme: () => state.theme,
    setTheme: (name) => {
      state.theme = name;
    },
  };
  const { takeBack, stop, quit, play } = conversation;
  const draft = (text: string) => {
    state.editor = withText(text, state.editor);
    changes.changed();
  };
  const command = (line: string) => {
    runCommand(line, { controller, screen: state.screen, note, show, page, copy, look, play, draft, quit });
  };
  const desk: ChatDesk = {
    state,
    controller,
    terminal,
    guarded,
    commands: commandList,
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

function submit({ state, controller, reopen, command, note }: ChatDesk, conversation: Conversation): void {
  const prompt = wholeText(state.editor).trim();
  if (prompt === '') {
    if (state.dialog?.aside) reopen();
    return;
  }
  const commanded = /^\/[a-z]*(?:\s|$)/.test(prompt);
  const { problems } = commanded ? { problems: [] } : controller.attach(prompt);
  for (const problem of problems) note(`Not sent: ${problem}`, 'bad');
  // The line stays for the person to put right.
  if (problems.length > 0) return;
  state.editor = emptyEditor;
  state.menu = undefined;
  if (commanded) {
    command(prompt);
    return;
  }
  state.history = remember(state.history, prompt);
  controller.history.add(prompt);
  conversation.say(prompt);
}

function viewOf(state: ChatState, { facts, mode }: ChatController, now: number): LiveView {
  const { editor, queue, dialog, menu, palette, theme, busy, moving, stopping, notice, hidden, search, history } =
    state;
  const found = search?.at === undefined ? undefined : history.prompts[search.at];
  const searching = search && { query: search.query, found };
  const screen = hidden ? { ...state.screen, done: hidden.done } : state.screen;
  const shown = { facts, mode, screen, editor, queue, dialog, menu, palette, theme, busy, moving, stopping, notice };
  return { ...shown, commands: commandList, hidden: hidden !== undefined, search: searching, now };
}
