import { duration } from './brief.ts';
import { changesOf } from './changes.ts';
import type { ChatDesk, ChatTerminal } from './chat-desk.ts';
import { type ChatParts, followApprovals, hearing } from './chat-hearing.ts';
import { newState } from './chat-state.ts';
import { commandList, viewing, viewOf } from './chat-view.ts';
import { echoing } from './command-echo.ts';
import { type CommandContext, runCommand } from './commands.ts';
import type { ChatController, Mention, RunEnd } from './controller.ts';
import { type Conversation, openConversation } from './conversation.ts';
import { emptyEditor, insert, wholeText, withText } from './editor.ts';
import { opened } from './entered.ts';
import { guard } from './guard.ts';
import { remember } from './history.ts';
import { interrupted } from './interrupt.ts';
import type { Key } from './keys.ts';
import type { LiveView } from './live.ts';
import { pressAll } from './press.ts';
import { add, reduceDelta, type Screen } from './state.ts';

/** A chat: what is on the screen, and what keys do to it. It knows nothing of React or of escape sequences. */
export interface Chat {
  /**
   * Keys of one read, or what is left of it.
   * @param alone no other key came in the same read; absent where these are all of it
   * @returns those that come after one that has opened a page
   */
  press(keys: readonly Key[], alone?: boolean): readonly Key[];
  /** Someone is told whenever the view has changed. @returns how to stop it */
  subscribe(changed: () => void): () => void;
  /** The same object until something changes. */
  view(): LiveView;
  /** Everything that is known of the conversation, also while the chat is hidden. */
  screen(): Screen;
  /** A frame of the current view has reached the terminal. */
  drawn(): void;
  /** The terminal shows a page over the chat: a question that has come up below it is told all the same. */
  below(): void;
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
    if (state.busy && state.dialog === undefined && !state.hidden) changes.changedSoon();
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
  const unsubscribe = hearing(parts, { desk, forget, conversation });
  desk.note(`harness chat · app ${facts.app} · workspace ${facts.workspace} · session ${facts.session}`);
  followApprovals(parts);
  if (controller.resume) conversation.play(controller.resume.start());
  return {
    ...viewing(parts),
    press: (keys, alone = keys.length === 1) => {
      state.notice = undefined;
      const left = pressAll(desk, keys, alone);
      changes.changed();
      return left;
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
    turnTo: (text) => turnTo(desk, text),
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

function turnTo({ state, reopen, changed }: ChatDesk, text: string | undefined): void {
  if (text !== undefined) state.editor = insert(state.editor, text);
  else if (state.dialog?.aside) reopen();
  changed();
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
  const command: ChatDesk['command'] = (line, typed = false) => {
    const { screen } = state;
    const { move } = controller;
    const context = { controller, screen, note, show, page, copy, look, move, play, draft, quit };
    runCommand(line, typed ? echoing(line, context) : context);
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
    command(prompt, true);
    return;
  }
  state.history = remember(state.history, prompt);
  controller.history.add(prompt);
  conversation.say(prompt);
}
