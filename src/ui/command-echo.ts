import type { CommandContext } from './commands.ts';

/** What a command works with that was typed: what was typed is shown before its first answer in the conversation. */
export function echoing(line: string, context: CommandContext): CommandContext {
  let shown = false;
  const echo = () => {
    if (!shown) context.show({ kind: 'command', text: line });
    shown = true;
  };
  const { show, note, move } = context;
  return {
    ...context,
    show: (item) => {
      echo();
      show(item);
    },
    note: (text, tone) => {
      echo();
      note(text, tone);
    },
    move: (to) => {
      echo();
      return move(to);
    },
  };
}
