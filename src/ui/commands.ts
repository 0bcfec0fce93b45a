import { dollars } from '../core/amounts.ts';
import { nearest } from '../core/nearest.ts';
import { isNothing, spendingOf } from '../core/usage.ts';
import { evalsCommand, smokeCommand } from './command-evals.ts';
import { copyCommand, themeCommand } from './command-look.ts';
import { runsCommand, sessionsCommand, traceCommand } from './command-records.ts';
import {
  compactCommand,
  debugCommand,
  exportCommand,
  forkCommand,
  modelCommand,
  newCommand,
  resumeCommand,
  rewindCommand,
} from './command-session.ts';
import { agentsCommand, approvalsCommand, catalogCommand, workspaceCommand } from './command-workspace.ts';
import { match } from './complete.ts';
import type { ChatController, RunEnd } from './controller.ts';
import type { ItemContent, Tone } from './items.ts';
import type { commandTable } from './key-table.ts';
import type { OpenPage } from './page.ts';
import type { ThemeName } from './paint.ts';
import type { Screen } from './state.ts';

/** What a slash command may use of the chat. */
export interface CommandContext {
  readonly controller: ChatController;
  readonly screen: Screen;
  note(text: string, tone?: Tone): void;
  show(item: ItemContent): void;
  /** Opens a page over the chat; where there can be none, its lines are written below each other. */
  page(opening: OpenPage): void;
  /** Puts a text into the terminal's clipboard. */
  copy(text: string): void;
  /** The colours; absent where there are none. */
  readonly look?: { theme(): ThemeName; setTheme(name: ThemeName): void };
  /** As the controller does it. */
  readonly move: ChatController['move'];
  /** Watches a run that was started. */
  play(run: Promise<RunEnd>): void;
  /** Puts a text in the place of what stands in the editor. */
  draft(text: string): void;
  quit(): void;
}

type Command = (context: CommandContext, words: readonly string[]) => void;

const commands: { readonly [K in keyof typeof commandTable]: Command } = {
  help: ({ page }) => page(async () => (await import('./screens/help.ts')).helpPage()),
  agents: agentsCommand,
  approvals: approvalsCommand,
  catalog: catalogCommand,
  workspace: workspaceCommand,
  new: newCommand,
  resume: resumeCommand,
  fork: forkCommand,
  rewind: rewindCommand,
  model: modelCommand,
  compact: compactCommand,
  export: exportCommand,
  debug: debugCommand,
  plan: ({ screen, show, note }, [id]) => {
    const versions = id === undefined ? [...screen.plans.values()].at(-1) : screen.plans.get(id);
    const plan = versions?.at(-1);
    if (plan) show({ kind: 'whole-plan', plan });
    else
      note(
        id === undefined ? 'No plan has been seen in this session.' : `No plan "${id}" has been seen in this session.`,
      );
  },
  cost: ({ screen, controller: { facts }, note }) => {
    const { total, agents } = spendingOf(screen.billed, facts.priceOf);
    if (isNothing(total)) return note('No model has been asked.');
    const money = (cost: number | null) => (cost === null ? 'unknown cost' : dollars(cost));
    const line = (name: string, spent: typeof total) =>
      `${name}: ${spent.steps} steps, ${spent.input} tokens in, ${spent.output} out, ${money(spent.cost)}`;
    note([...Object.entries(agents).map(([name, spent]) => line(name, spent)), line('all', total)].join('\n'));
  },
  expand: ({ screen, show, note }) => {
    const cards = screen.cards.slice(-3);
    if (cards.length === 0) note('No tool has been called in this run.');
    for (const { tool, args, result, error } of cards) {
      show({ kind: 'detail', title: `${tool}: arguments`, value: args });
      const answer = error ? { code: error.code, message: error.message } : (result ?? null);
      show({ kind: 'detail', title: `${tool}: ${error ? 'error' : 'result'}`, value: answer });
    }
  },
  copy: copyCommand,
  theme: themeCommand,
  runs: runsCommand,
  trace: traceCommand,
  sessions: sessionsCommand,
  evals: evalsCommand,
  smoke: smokeCommand,
  quit: ({ quit }) => quit(),
};

/** Runs a line that begins with a slash. */
export function runCommand(line: string, context: CommandContext): void {
  const [word = '', ...words] = line.slice(1).split(/\s+/);
  const names = Object.keys(commands) as (keyof typeof commands)[];
  const begins = names.filter((name) => name.startsWith(word));
  const name = names.find((each) => each === word) ?? (word !== '' && begins.length === 1 ? begins[0] : undefined);
  if (name !== undefined) {
    commands[name](context, words);
    return;
  }
  const near = word !== '' && begins.length > 0 ? begins : meantBy(word, names);
  const meant = near.map((each) => `/${each}`).join(' or ');
  const hint = meant === '' ? '/help lists all of them.' : `Did you mean ${meant}?`;
  context.note(`There is no command /${word}. ${hint}`, 'warn');
}

/** Commands that a word which names none may have meant. */
function meantBy(word: string, names: readonly string[]): readonly string[] {
  const slip = nearest(word, names);
  return slip === undefined ? names.filter((each) => match(each, word) !== undefined).slice(0, 3) : [slip];
}
