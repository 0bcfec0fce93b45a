import { createInterface } from 'node:readline';
import { itemLines } from './cards.ts';
import { type CommandContext, runCommand } from './commands.ts';
import type { ChatController, ChatListener, RunEnd } from './controller.ts';
import { editFile } from './edit-file.ts';
import { entered, opened } from './entered.ts';
import type { ItemContent, Tone } from './items.ts';
import type { OpenPage, PageDesk } from './page.ts';
import { type Look, theme } from './paint.ts';
import { type PlainApprovals, plainApprovals } from './plain-approval.ts';
import { add, pauseRun, reduce, reduceDelta, type Screen } from './state.ts';
import { knowSubject } from './subject.ts';
import { editText } from './terminal.ts';

/** What is read aloud. */
interface Reader {
  screen(): Screen;
  /** Takes a change in, and writes what is new. */
  change(next: (screen: Screen) => Screen): void;
  say(text: string, tone?: Tone): void;
}

const look: Look = { width: 78, theme: { ...theme(false), caret: (text) => text }, plain: true };

/**
 * A chat without boxes, colours and cursor movements: line after line, as a screen reader reads it. Answers are whole
 * words. Ctrl+C stops the run, or leaves.
 * @returns how the last run ended; `forced` after a second Ctrl+C
 */
export async function plainChat(controller: ChatController): Promise<RunEnd | 'forced' | undefined> {
  const reader = openReader(opened(controller));
  const { change } = reader;
  const approvals = plainApprovals({
    controller,
    pending: () => reader.screen().pending,
    say: reader.say,
    show: (item) => change((screen) => add(screen, item)),
    edit: (text, name) => editAlone(reader, text, name),
  });
  const unsubscribe = controller.subscribe({
    event: (event) => {
      const asks = event.type === 'approval.requested';
      if (asks) reader.change((screen) => knowSubject(controller, screen, event.data.subject));
      reader.change((screen) => reduce(screen, event));
      if (asks) approvals.ask();
    },
    delta: (delta) => reader.change((screen) => reduceDelta(screen, delta)),
    moved: (end) => {
      if (end === 'arrived') reader.change(({ done }) => entered(controller, done));
    },
    told: reader.say,
  });
  try {
    return await talk(controller, reader, approvals);
  } finally {
    unsubscribe();
  }
}

function openReader(earlier: Screen): Reader {
  let screen = earlier;
  let printed = earlier.done.length;
  const change: Reader['change'] = (next) => {
    screen = next(screen);
    for (const item of screen.done.slice(printed)) {
      const lines = itemLines(item, look);
      const from = lines.findIndex((line) => line !== '');
      if (from !== -1) process.stdout.write(`${lines.slice(from).join('\n')}\n`);
    }
    printed = screen.done.length;
  };
  return {
    screen: () => screen,
    change,
    say: (text, tone = 'plain') => change((before) => add(before, { kind: 'note', text, tone })),
  };
}

type End = RunEnd | 'forced' | undefined;

/** What goes on between the person and the chat. */
interface Talk {
  readonly controller: ChatController;
  readonly reader: Reader;
  busy: boolean;
  stopping: boolean;
  closing: boolean;
  /** The chat goes to another conversation. */
  moving: boolean;
  /** A command waits for that, and then another can be given. */
  asked: boolean;
  last: RunEnd | undefined;
  leave(end: End): void;
  failed(thrown: unknown): void;
}

/** Reads prompts, answers and commands until the person leaves. */
function talk(controller: ChatController, reader: Reader, approvals: PlainApprovals): Promise<End> {
  const lines = createInterface({ input: process.stdin, output: process.stdout, terminal: false });
  return new Promise((resolve, reject) => {
    const flags = { busy: false, stopping: false, closing: false, moving: false, asked: false, last: undefined };
    const leave = (end: End) => {
      lines.close();
      unsubscribe();
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
      resolve(end);
    };
    const failed = (thrown: unknown) => {
      leave(undefined);
      reject(thrown);
    };
    const state: Talk = { controller, reader, ...flags, leave, failed };
    const stop = () => interrupt(state);
    const unsubscribe = controller.subscribe(travelling(state));
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
    lines.on('line', (line) => {
      const text = line.trim();
      if (state.busy) answer(reader, approvals, text);
      else if (text.startsWith('/')) command(state, text, () => lines.close());
      else if (text === '' || !canBeSent(controller, reader, text)) prompt();
      else {
        controller.history.add(text);
        run(state, () => controller.send(text));
      }
    });
    lines.on('close', () => {
      state.closing = true;
      if (!state.busy) leave(state.last);
      // Nobody can decide any more.
      else controller.cancel();
    });
    greet(controller, reader);
    const { resume } = controller;
    if (resume) run(state, resume.start);
    else prompt();
  });
}

function prompt(): void {
  process.stdout.write('\nprompt: ');
}

/** The first Ctrl+C stops the run, where there is one; else it leaves. */
function interrupt(state: Talk): void {
  if (!state.busy) state.leave(state.last);
  else if (state.stopping) state.leave('forced');
  else {
    state.stopping = true;
    state.controller.cancel();
    state.reader.say('Stopping at the next safe place; Ctrl+C again quits at once.');
  }
}

function run(state: Talk, start: () => Promise<RunEnd>): void {
  Object.assign(state, { busy: true, stopping: false });
  start().then((end) => {
    Object.assign(state, { busy: false, last: end });
    if (end.status === 'paused') state.reader.change((screen) => pauseRun(screen, 0, end.hint ?? ''));
    if (state.closing) state.leave(end);
    else prompt();
  }, state.failed);
}

function command(state: Talk, line: string, quit: () => void): void {
  const { controller, reader } = state;
  runCommand(line, commandContext(controller, reader, { play: (end) => run(state, () => end), quit }));
  if (state.moving) state.asked = true;
  else if (!state.closing && !state.busy) prompt();
}

/** When the chat has come to another conversation, its run goes on, or there is a new prompt. */
function travelling(state: Talk): ChatListener {
  return {
    event: () => undefined,
    delta: () => undefined,
    moving: () => {
      state.moving = true;
    },
    moved: (end) => {
      const { asked, controller } = state;
      Object.assign(state, { moving: false, asked: false });
      if (end === 'arrived') state.last = undefined;
      if (end === 'arrived' && controller.resume) run(state, controller.resume.start);
      // What the command has to say of it comes first.
      else if (asked) setImmediate(prompt);
    },
  };
}

/** Whether all files that a prompt mentions can go along; says which cannot. */
function canBeSent(controller: ChatController, { say }: Reader, prompt: string): boolean {
  const { problems } = controller.attach(prompt);
  for (const problem of problems) say(`Not sent: ${problem}`, 'bad');
  return problems.length === 0;
}

/** Lets a person edit; until they are done, what they type is the editor's. */
async function editAlone({ say }: Reader, text: string, name: string): Promise<string | undefined> {
  const { stdin } = process;
  stdin.pause();
  try {
    return await editText(text, name, (message) => say(message, 'bad'));
  } finally {
    stdin.resume();
  }
}

function greet({ facts }: ChatController, { say }: Reader): void {
  say(`Harness chat. App ${facts.app}, workspace ${facts.workspace}. Type a prompt and press Enter; /quit leaves.`);
  if (facts.draft !== '') say(`The script was written for this prompt: ${facts.draft}`);
}

/** What is said while a run is at work: a decision, where one waits. */
function answer({ say }: Reader, approvals: PlainApprovals, line: string): void {
  if (!approvals.answer(line)) say('A run is at work; wait for its end, or press Ctrl+C to stop it.');
}

function commandContext(
  controller: ChatController,
  reader: Reader,
  more: Pick<CommandContext, 'play' | 'quit'>,
): CommandContext {
  const { say, change } = reader;
  return {
    controller,
    screen: reader.screen(),
    note: say,
    show: (item: ItemContent) => change((screen) => add(screen, item)),
    page: (opening: OpenPage) => void writePage(controller, reader, opening),
    move: controller.move,
    copy: () => say('There is no clipboard here.'),
    draft: (text) => say(`The prompt was: ${text}`),
    ...more,
  };
}

/** Longer pages are cut. */
const pageRows = 200;

/** What a page would show at first, as lines below each other. */
async function writePage(controller: ChatController, reader: Reader, opening: OpenPage): Promise<void> {
  const { screen, say } = reader;
  const nothing = () => undefined;
  const desk: PageDesk = {
    controller,
    screen,
    changed: nothing,
    open: (next) => void writePage(controller, reader, next),
    back: nothing,
    toChat: nothing,
    command: nothing,
    say,
    edit: (text, name) => editAlone(reader, text, name),
    editFile,
    copy: nothing,
  };
  try {
    const page = await opening(desk);
    const lines = page.lines(look, pageRows);
    reader.change((before) => add(before, { kind: 'lines', lines: [`${page.title}:`, ...lines] }));
    page.close?.();
  } catch (thrown) {
    say(thrown instanceof Error ? thrown.message : String(thrown), 'bad');
  }
}
