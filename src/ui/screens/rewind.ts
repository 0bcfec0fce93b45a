import type { EventOf } from '../../core/event.ts';
import { ago } from '../ago.ts';
import { counted } from '../brief.ts';
import { safeLine, spread } from '../lines.ts';
import { moveIn, shownOf } from '../list.ts';
import type { Page, PageDesk } from '../page.ts';

/** The prompts of the conversation: one of them can be written anew. @param prompts oldest first */
export function rewindPage(desk: PageDesk, prompts: readonly EventOf<'run.started'>[]): Page {
  let at = prompts.length - 1;
  let height = 10;
  return {
    title: 'rewind',
    about: () => counted(prompts.length, 'prompt'),
    keys: [
      { keys: '↑↓', about: 'choose a prompt', brief: 'prompt' },
      {
        keys: 'enter',
        about: 'go back to before it: a new session, with its text to write anew',
        brief: 'go back there',
      },
    ],
    lines: ({ width, theme }, rows) => {
      height = Math.max(1, rows - 2);
      const { from, to } = shownOf(at, prompts.length, height);
      const list = prompts.slice(from, to).map(({ data, at: when }, row) => {
        const here = from + row === at;
        const line = `${here ? '❯' : ' '} ${`${from + row + 1}`.padStart(3)}  ${safeLine(data.prompt, width)}`;
        return spread(here ? theme.cyan(line) : line, theme.dim(ago(Date.parse(when), Date.now())), width);
      });
      return [
        ...list,
        '',
        theme.dim(safeLine('The conversation up to then goes on in a new session; nothing is lost.', width)),
      ];
    },
    press: (key) => {
      const name = key.kind === 'key' ? key.name : key.text;
      const chosen = prompts[at];
      if (name === 'enter' && chosen) {
        desk.command(`/rewind ${chosen.runId}`);
        return true;
      }
      const next = moveIn(at, prompts.length, name, height);
      at = next ?? at;
      return next !== undefined;
    },
  };
}
