import type { CommandContext } from './commands.ts';

type Command = (context: CommandContext, words: readonly string[]) => void;

export const evalsCommand: Command = ({ page }, words) =>
  page(async (desk) => (await import('./screens/evals.ts')).evalsPage(desk, words));

/** `stop` instead of a script ends what is at work. */
export const smokeCommand: Command = ({ controller: { smoke }, note }, words) => {
  if (words.length === 1 && words[0] === 'stop') {
    note(smoke.stop() ? 'Stopping the smoke scripts.' : 'No smoke script is at work.');
  } else if (!smoke.run(words, note)) {
    note('Smoke scripts are at work already; /smoke stop ends them.', 'warn');
  }
};
