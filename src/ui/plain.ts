import { createInterface } from 'node:readline';
import { visible } from '../core/text.ts';
import { choicesOf, openDialog } from './approval.ts';
import { itemLines } from './cards.ts';
import { runCommand } from './commands.ts';
import type { ChatController, RunEnd } from './controller.ts';
import { type Look, theme } from './paint.ts';
import { replayed } from './replayed.ts';
import { add, pauseRun, reduce, reduceDelta, type Screen } from './state.ts';
import { knowSubject } from './subject.ts';

/**
 * A chat without boxes, colours and cursor movements: line after line, as a screen reader reads it. Answers are whole
 * words. Ctrl+C stops the run, or leaves.
 * @returns how the last run ended; `forced` after a second Ctrl+C
 */
export async function plainChat(controller: ChatController): Promise<RunEnd | 'forced' | undefined> {
  const { stdin, stdout } = process;
  const look: Look = { width: 78, theme: { ...theme(false), caret: (text) => text }, plain: true };
  let screen: Screen = replayed(controller.earlier);
  let printed = screen.done.length;
  let last: RunEnd | undefined;
  let busy = false;
  let stopping = false;
  const lines = createInterface({ input: stdin, output: stdout, terminal: false });
  const show = () => {
    for (const item of screen.done.slice(printed)) stdout.write(`${itemLines(item, look).join('\n').trimStart()}\n`);
    printed = screen.done.length;
  };
  const say = (text: string) => {
    screen = add(screen, { kind: 'note', text, tone: 'plain' });
    show();
  };
  const unsubscribe = controller.subscribe({
    event: (event) => {
      if (event.type === 'approval.requested') screen = knowSubject(controller, screen, event.data.subject);
      screen = reduce(screen, event);
      show();
      if (event.type === 'approval.requested') say(askedIn(screen));
    },
    delta: (delta) => {
      screen = reduceDelta(screen, delta);
      show();
    },
  });
  const play = async (start: () => Promise<RunEnd>) => {
    busy = true;
    stopping = false;
    try {
      last = await start();
      if (last.status === 'paused') screen = pauseRun(screen, 0, last.hint ?? '');
      show();
    } finally {
      busy = false;
    }
  };
  /** Said while a run is at work: a decision, where one waits. */
  const answer = (line: string) => {
    const [pending] = screen.pending;
    if (!pending) return say('A run is at work; wait for its end, or press Ctrl+C to stop it.');
    const [word = '', ...rest] = line.trim().split(/\s+/);
    const words = rest.join(' ');
    const decide = controller.decide.bind(controller, pending.approval);
    if (word === 'approve') decide({ kind: 'approve' });
    else if (word === 'always' && pending.subject.kind === 'tool') decide({ kind: 'approve', always: true });
    else if (word === 'reject') decide({ kind: 'reject', reason: words });
    else if (word === 'revise' && words !== '') decide({ kind: 'revise', comment: words });
    else if (word === 'later') decide('pause');
    else say(askedIn(screen));
  };
  return new Promise((resolve, reject) => {
    const leave = (end: RunEnd | 'forced' | undefined) => {
      unsubscribe();
      lines.close();
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', interrupt);
      resolve(end);
    };
    const prompt = () => stdout.write('\nprompt: ');
    let closing = false;
    const interrupt = () => {
      if (!busy) return leave(last);
      if (stopping) return leave('forced');
      stopping = true;
      controller.cancel();
      say('Stopping at the next safe place; Ctrl+C again quits at once.');
    };
    const run = (start: () => Promise<RunEnd>) => {
      play(start).then(
        () => (closing ? leave(last) : prompt()),
        (thrown) => {
          leave(undefined);
          reject(thrown);
        },
      );
    };
    const send = (text: string) => {
      controller.history.add(text);
      run(() => controller.send(text));
    };
    process.on('SIGINT', interrupt);
    process.on('SIGTERM', interrupt);
    lines.on('line', (line) => {
      if (busy) return answer(line);
      const text = line.trim();
      if (text === '') return prompt();
      if (!text.startsWith('/')) return send(text);
      runCommand(text, {
        facts: controller.facts,
        screen,
        note: say,
        show: (item) => {
          screen = add(screen, item);
        },
        quit: () => lines.close(),
      });
      show();
      if (!closing) prompt();
    });
    lines.on('close', () => {
      closing = true;
      if (!busy) return leave(last);
      // Nobody can decide any more.
      controller.cancel();
    });
    const { facts } = controller;
    say(`Harness chat. App ${facts.app}, workspace ${facts.workspace}. Type a prompt and press Enter; /quit leaves.`);
    if (facts.draft !== '') say(`The script was written for this prompt: ${facts.draft}`);
    const { resume } = controller;
    if (resume) run(() => resume());
    else prompt();
  });
}

/** The answers that there are, in words. */
function askedIn({ pending: [first] }: Screen): string {
  if (!first) return 'Nothing waits for a decision.';
  const can = new Set(choicesOf(openDialog(first)).map(({ does }) => does));
  const words = [
    'approve',
    ...(can.has('always') ? ['always'] : []),
    ...(can.has('revise') ? ['revise and what to change'] : []),
    'reject and why',
    'later',
  ];
  return visible(`Type one of: ${words.join('; ')}.`);
}
