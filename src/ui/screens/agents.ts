import { pad, safeLine, spread, widthOf, wrap } from '../lines.ts';
import { moveIn, shownOf } from '../list.ts';
import type { Page, PageDesk } from '../page.ts';

/** The agents of the app: what each is for, and the model that it has. */
export function agentsPage({ controller: { facts } }: PageDesk): Page {
  const names = Object.keys(facts.agents);
  const widest = Math.max(...names.map(widthOf));
  let at = Math.max(0, names.indexOf(facts.agent));
  let height = 10;
  return {
    title: 'agents',
    about: () => `app ${facts.app}`,
    keys: [{ keys: '↑↓', about: 'choose an agent', brief: 'agent' }],
    lines: ({ width, theme }, rows) => {
      height = Math.max(1, Math.floor(rows / 2));
      const { from, to } = shownOf(at, names.length, height);
      const list = names.slice(from, to).map((name, row) => {
        const here = from + row === at;
        const entry = name === facts.agent ? 'gets your prompts' : '';
        const line = `${here ? '❯' : ' '} ${pad(safeLine(name, widest), widest)}  ${facts.models[name] ?? ''}`;
        return spread(here ? theme.cyan(line) : line, theme.dim(entry), width);
      });
      const about = facts.agents[names[at] ?? ''] ?? '';
      return [...list, '', ...wrap(safeLine(about, width * 4), width)];
    },
    press: (key) => {
      const next = moveIn(at, names.length, key.kind === 'key' ? key.name : key.text, height);
      at = next ?? at;
      return next !== undefined;
    },
  };
}
