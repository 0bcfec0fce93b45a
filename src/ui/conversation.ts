import type { ChatTerminal } from './chat-desk.ts';
import type { ChatState } from './chat-state.ts';
import type { ChatController, RunEnd } from './controller.ts';
import { withText } from './editor.ts';
import { pauseRun } from './state.ts';

/** Prompts and what comes of them: one run at a time, other prompts wait in line. */
export interface Conversation {
  /** Sends a prompt, or queues it while a run is at work. */
  say(prompt: string): void;
  /** Watches a run that was started. */
  play(run: Promise<RunEnd>): void;
  /** So many queued prompts, the newest, go back into the editor, before what stands there. */
  takeBack(count: number): void;
  /** Stops the run in good order. */
  stop(): void;
  /** Leaves once the run, where there is one, has been stopped in good order. */
  quit(): void;
  /** How the last run ended. */
  lastEnd(): RunEnd | undefined;
}

export interface ConversationParts {
  readonly state: ChatState;
  readonly controller: ChatController;
  readonly leave: ChatTerminal['leave'];
  readonly now: () => number;
  /** Streamed text that waits is taken in. */
  applyDeltas(): void;
  /** A run is over, or waits. */
  ended(end: RunEnd): void;
  changed(): void;
}

export function openConversation(parts: ConversationParts): Conversation {
  const { state, controller, leave, now } = parts;
  let last: RunEnd | undefined;
  const play = (run: Promise<RunEnd>) => {
    state.busy = true;
    state.stopping = false;
    state.notice = undefined;
    run.then(ended, (error) => leave({ force: false, error }));
  };
  const ended = (end: RunEnd) => {
    parts.applyDeltas();
    last = end;
    if (end.status === 'paused') {
      const ms = now() - (state.screen.run?.startedAt ?? now());
      state.screen = pauseRun(state.screen, ms, end.hint ?? '');
    }
    state.busy = false;
    state.stopping = false;
    parts.ended(end);
    if (state.quitting) {
      leave({ force: false });
      return;
    }
    const [next, ...others] = state.queue;
    if (next !== undefined && end.status === 'done') {
      state.queue = others;
      play(controller.send(next));
    } else takeBack(state.queue.length);
    parts.changed();
  };
  const takeBack = (count: number) => {
    if (count === 0) return;
    const texts = state.queue.slice(-count);
    state.queue = state.queue.slice(0, -count);
    state.editor = withText([...texts, state.editor.text].filter((text) => text !== '').join('\n'), state.editor);
  };
  const stop = () => {
    state.stopping = true;
    controller.cancel();
  };
  return {
    say: (prompt) => {
      if (state.busy) state.queue = [...state.queue, prompt];
      else play(controller.send(prompt));
    },
    play,
    takeBack,
    stop,
    quit: () => {
      if (!state.busy) {
        leave({ force: false });
        return;
      }
      state.quitting = true;
      if (!state.stopping) stop();
    },
    lastEnd: () => last,
  };
}
