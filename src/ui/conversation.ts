import type { ChatTerminal } from './chat-desk.ts';
import type { ChatState } from './chat-state.ts';
import type { ChatController, Moved, RunEnd } from './controller.ts';
import { withText } from './editor.ts';
import { pauseRun } from './state.ts';

/** Prompts and what comes of them: one run at a time, other prompts wait in line. */
export interface Conversation {
  /** Sends a prompt, or queues it while a run is at work. */
  say(prompt: string): void;
  /** Watches a run that was started. */
  play(run: Promise<RunEnd>): void;
  /** The chat goes somewhere else: what is said meanwhile is queued. */
  moving(where: string): void;
  /** It is there, or not. */
  moved(end: Moved): void;
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
  /** A run is over, or waits. @param ms how long it took */
  ended(end: RunEnd, ms: number): void;
  changed(): void;
}

export function openConversation(parts: ConversationParts): Conversation {
  const { state, controller, leave, now } = parts;
  let last: RunEnd | undefined;
  let began = 0;
  const play = (run: Promise<RunEnd>) => {
    state.busy = true;
    state.stopping = false;
    state.notice = undefined;
    began = now();
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
    parts.ended(end, now() - began);
    goOn(end.status === 'done');
  };
  /** @param well what was queued for this moment can be said */
  const goOn = (well: boolean) => {
    if (state.quitting) {
      leave({ force: false });
      return;
    }
    const [next, ...others] = state.queue;
    if (next !== undefined && well) {
      state.queue = others;
      play(controller.send(next));
    } else takeBack(state.queue.length);
    parts.changed();
  };
  const takeBack = (count: number) => takeBackInto(state, count);
  const stop = () => {
    state.stopping = true;
    controller.cancel();
  };
  const forget = () => {
    last = undefined;
  };
  const quit = () => {
    if (!state.busy) {
      leave({ force: false });
      return;
    }
    state.quitting = true;
    if (!state.stopping) stop();
  };
  return {
    say: (prompt) => {
      if (state.busy) state.queue = [...state.queue, prompt];
      else play(controller.send(prompt));
    },
    play,
    ...travelling(parts, { play, goOn, forget }),
    takeBack,
    stop,
    quit,
    lastEnd: () => last,
  };
}

interface Travel {
  readonly play: Conversation['play'];
  goOn(well: boolean): void;
  /** How the last run of the conversation before ended matters no more. */
  forget(): void;
}

/** What is done while the chat goes somewhere else, and when it is there. */
function travelling(
  { state, controller, changed }: ConversationParts,
  { play, goOn, forget }: Travel,
): Pick<Conversation, 'moving' | 'moved'> {
  return {
    moving: (where) => {
      state.busy = true;
      state.moving = where;
      changed();
    },
    moved: (end) => {
      if (state.moving === undefined) return;
      Object.assign(state, { busy: false, stopping: false, moving: undefined });
      const arrived = end === 'arrived';
      if (arrived) forget();
      const { resume } = controller;
      if (arrived && resume && !state.quitting) play(resume.start());
      else goOn(end !== 'failed');
    },
  };
}

/** So many queued prompts, the newest, go back into the editor. */
function takeBackInto(state: ChatState, count: number): void {
  if (count === 0) return;
  const texts = state.queue.slice(-count);
  state.queue = state.queue.slice(0, -count);
  state.editor = withText([...texts, state.editor.text].filter((text) => text !== '').join('\n'), state.editor);
}
