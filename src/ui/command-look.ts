import { visible } from '../core/text.ts';
import { counted } from './brief.ts';
import type { CommandContext } from './commands.ts';
import type { ChatController } from './controller.ts';
import { themeNames } from './paint.ts';
import { copyable } from './terminal-codes.ts';

type Command = (context: CommandContext, words: readonly string[]) => void;

/** `/copy [n]`: the last answer, or one of its code blocks. */
export const copyCommand: Command = ({ controller, copy, note }, [word]) => {
  const answer = lastAnswer(controller);
  if (answer === undefined) return note('There is no answer yet.', 'warn');
  const take = (text: string, what: string) => {
    const whole = visible(text);
    const { text: copied, cut } = copyable(whole);
    copy(copied);
    const size = counted(copied.length, 'character');
    note(cut ? `Copied the beginning of ${what}: ${size} of ${whole.length}.` : `Copied ${what}: ${size}.`);
  };
  if (word === undefined) return take(answer, 'the last answer');
  const blocks = codeBlocks(answer);
  const block = blocks[Number(word) - 1];
  if (block !== undefined) return take(block, `code block ${word} of the last answer`);
  const have = blocks.length === 0 ? 'no code block' : counted(blocks.length, 'code block');
  note(`The last answer has ${have}; /copy without a number copies all of it.`, 'warn');
};

/** The answer of the session's newest run that has one. */
function lastAnswer({ records, facts: { session } }: ChatController): string | undefined {
  for (const { runId } of records.runs({ session, limit: 20 })) {
    const end = records.events(runId).findLast(({ type }) => type === 'run.finished');
    if (end?.type === 'run.finished' && end.data.answer !== '') return end.data.answer;
  }
  return undefined;
}

/** The contents of a text's fenced code blocks, in order. */
export function codeBlocks(text: string): readonly string[] {
  const blocks: string[] = [];
  let open: { readonly mark: string; readonly lines: string[] } | undefined;
  for (const line of text.split('\n')) {
    const [, mark = '', rest = ''] = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (!open) {
      if (mark !== '') open = { mark, lines: [] };
    } else if (mark.startsWith(open.mark) && rest.trim() === '') {
      blocks.push(open.lines.join('\n'));
      open = undefined;
    } else open.lines.push(line);
  }
  return open ? [...blocks, open.lines.join('\n')] : blocks;
}

/** `/theme [name]` */
export const themeCommand: Command = ({ look, note }, [word]) => {
  if (!look) return note('There are no colours here.');
  const name = themeNames.find((each) => each === word);
  if (name) {
    look.setTheme(name);
    return note(`Theme ${name}, in this chat; \`theme: ${name}\` in the settings is for all.`);
  }
  const all = themeNames.join(', ');
  if (word === undefined) note(`Theme ${look.theme()}; there are ${all}.`);
  else note(`There is no theme "${word}"; there are ${all}.`, 'warn');
};
