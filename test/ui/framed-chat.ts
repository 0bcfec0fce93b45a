import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';
import { type FrameRules, frameFaults, painted } from './frame-rules.ts';
import { type Headless, type HeadlessOptions, headlessTerminal, type Shown } from './headless.ts';
import type { Size } from './pty.ts';

/** A chat, each of whose frames is looked at. */
export interface FramedChat extends Headless {
  /** What was wrong in any frame until now. */
  readonly faults: Set<string>;
  /** Answers the question that stands there: keys count once none has been pressed for a while. */
  answer(key: string, wanted: string | RegExp): Promise<Shown>;
  /** Gives the window another size, and waits until this is shown in it. */
  resized(size: Size, wanted: Parameters<Headless['shows']>[0]): Promise<Shown>;
}

export interface FramedOptions {
  readonly size: Size;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

export function framedChat(
  t: Test,
  cwd: string,
  { size, env = {}, args = ['--script', 'script.yaml'] }: FramedOptions,
): FramedChat {
  const rules: FrameRules = { colours: env.NO_COLOR === undefined, narrowed: false };
  const faults = new Set<string>();
  let resizing = false;
  const frame: HeadlessOptions['frame'] = (terminal) => {
    if (!resizing) for (const fault of frameFaults(terminal, rules)) faults.add(fault);
  };
  const term = headlessTerminal(t, ['chat', '-w', 'acme', ...args], { cwd, env, size, frame });
  const asks = async () => (await term.read()).screen.some((row) => row.endsWith('esc later'));
  const answer = async (key: string, wanted: string | RegExp) => {
    for (let tries = 0; tries < 10 && (await asks()); tries++) {
      await sleep(450);
      term.type(key);
      // A slow machine takes its time to show what came of it; a second key would go elsewhere.
      for (let looks = 0; looks < 60 && (await asks()); looks++) await sleep(50);
    }
    return term.shows(wanted);
  };
  const resized: FramedChat['resized'] = async (to, wanted) => {
    rules.narrowed = true;
    // What was drawn for the size before may still be there.
    resizing = true;
    await term.resize(to);
    await term.shows(wanted);
    const shown = await term.read();
    resizing = false;
    frame(term.terminal);
    return shown;
  };
  return { ...term, faults, answer, resized };
}

/** The screen is as a shell wants it: its modes, its looks and the cursor. */
export async function restored(t: Test, term: FramedChat): Promise<void> {
  t.equal(await term.ended, 0);
  const { page, all } = await term.read();
  t.equal(page, false);
  t.notMatch(all.join('\n'), /approvals: ask|enter sends/, 'nothing is left of what was drawn');
  const { terminal } = term;
  const text = term.text();
  const on = Object.entries(modesAfter(text)).filter(([, set]) => set);
  t.same(on, [['25', true]], 'of all modes only the cursor is on');
  const times = (code: string) => text.split(code).length - 1;
  t.equal(times('\u001b[22;2t'), times('\u001b[23;2t'), 'the title');
  t.equal(times('\u001b[>1u'), times('\u001b[<u'), 'the keyboard');
  t.match(terminal.modes, { bracketedPasteMode: false, mouseTrackingMode: 'none', wraparoundMode: true });
  await new Promise<void>((resolve) => terminal.write('$', resolve));
  const { active } = terminal.buffer;
  const cell = active.getLine(active.baseY + active.cursorY)?.getCell(0);
  t.equal(cell?.getChars(), '$', 'a line of its own');
  t.equal(cell && (painted(cell) || cell.isInverse() !== 0), false);
}

/** The private modes that were written, and whether each is on at last. */
function modesAfter(text: string): Record<string, boolean> {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
  return Object.fromEntries([...text.matchAll(/\u001b\[\?(\d+)([hl])/g)].map(([, mode, on]) => [mode, on === 'h']));
}
