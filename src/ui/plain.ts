import { createInterface } from 'node:readline';
import { itemLines } from './cards.ts';
import { runCommand } from './commands.ts';
import type { ChatController, RunEnd } from './controller.ts';
import type { ItemContent, Tone } from './items.ts';
import type { OpenPage, PageDesk } from './page.ts';
import { type Look, theme } from './paint.ts';
import { answerOf, askedIn } from './plain-approval.ts';
import { replayed } from './replayed.ts';
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
  const reader = openReader(replayed(controller.earlier));
  const unsubscribe = controller.subscribe({
    event: (event) => {
      const asks = event.type === 'approval.requested';
      if (asks) reader.change((screen) => knowSubject(controller, screen, event.data.subject));
      reader.change((screen) => reduce(screen, event));
      if (asks) reader.say(askedIn(reader.screen()));
    },
    delta: (delta) => reader.change((screen) => reduceDelta(screen, delta)),
  });
  try {
    return await talk(controller, reader);
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
      process.stdout.write(`${itemLines(item, look).join('\n').trimStart()}\n`);
    }
    printed = screen.done.length;
  };
  return {
    screen: () => screen,
    change,
    say: (text, tone = 'plain') => change((before) => add(before, { kind: 'note', text, tone })),
  };
}

/** Reads prompts, answers and commands until the person leaves. */
function talk(controller: ChatController, reader: Reader): Promise<RunEnd | 'forced' | undefined> {
  const { stdin, stdout } = process;
  const lines = createInterface({ input: stdin, output: stdout, terminal: false });
  const state = { busy: false, stopping: false, closing: false, last: undefined as RunEnd | undefined };
  const prompt = () => stdout.write('\nprompt: ');
  return new Promise((resolve, reject) => {
    const leave = (end: RunEnd | 'forced' | undefined) => {
      lines.close();
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', interrupt);
      resolve(end);
    };
    const interrupt = () => {
      if (!state.busy) return leave(state.last);
      if (state.stopping) return leave('forced');
      state.stopping = true;
      controller.cancel();
      reader.say('Stopping at the next safe place; Ctrl+C again quits at once.');
    };
    const run = (start: () => Promise<RunEnd>) => {
      Object.assign(state, { busy: true, stopping: false });
      start().then(
        (end) => {
          Object.assign(state, { busy: false, last: end });
          if (end.status === 'paused') reader.change((screen) => pauseRun(screen, 0, end.hint ?? ''));
          if (state.closing) leave(end);
          else prompt();
        },
        (thrown) => {
          leave(undefined);
          reject(thrown);
        },
      );
    };
    const command = (line: string) => {
      runCommand(
        line,
        commandContext(controller, reader, () => lines.close()),
      );
      if (!state.closing) prompt();
    };
    process.on('SIGINT', interrupt);
    process.on('SIGTERM', interrupt);
    lines.on('line', (line) => {
      const text = line.trim();
      if (state.busy) answer(controller, reader, text);
      else if (text === '') prompt();
      else if (text.startsWith('/')) command(text);
      else {
        controller.history.add(text);
        run(() => controller.send(text));
      }
    });
    lines.on('close', () => {
      state.closing = true;
      if (!state.busy) return leave(state.last);
      // Nobody can decide any more.
      controller.cancel();
    });
    greet(controller, reader);
    const { resume } = controller;
    if (resume) run(() => resume());
    else prompt();
  });
}

function greet({ facts }: ChatController, { say }: Reader): void {
  say(`Harness chat. App ${facts.app}, workspace ${facts.workspace}. Type a prompt and press Enter; /quit leaves.`);
  if (facts.draft !== '') say(`The script was written for this prompt: ${facts.draft}`);
}

/** What is said while a run is at work: a decision, where one waits. */
function answer(controller: ChatController, { screen, say }: Reader, line: string): void {
  const [pending] = screen().pending;
  if (!pending) {
    say('A run is at work; wait for its end, or press Ctrl+C to stop it.');
    return;
  }
  const decision = answerOf(pending, line);
  if (decision === undefined) say(askedIn(screen()));
  else controller.decide(pending.approval, decision);
}

function commandContext(controller: ChatController, reader: Reader, quit: () => void) {
  const { say, change } = reader;
  return {
    controller,
    screen: reader.screen(),
    note: say,
    show: (item: ItemContent) => change((screen) => add(screen, item)),
    page: (opening: OpenPage) => void writePage(controller, reader, opening),
    copy: () => say('There is no clipboard here.'),
    quit,
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
    command: nothing,
    say,
    edit: editText,
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
