import { ago } from '../ago.ts';
import { counted } from '../brief.ts';
import { type Filter, noFilter, passes, pressFilter, wordsOf } from '../filter.ts';
import { editLine } from '../line-edit.ts';
import { pad, safeLine, spread, widthOf } from '../lines.ts';
import { moveIn, shownOf } from '../list.ts';
import type { Page, PageDesk } from '../page.ts';
import type { Look } from '../paint.ts';
import type { WorkspaceGlance, WorkspaceList, WorkspaceName } from '../workspace-list.ts';

/** Where else a chat can be: choosing a workspace moves it there. */
export function workspacesPage(desk: PageDesk): Page {
  const { controller } = desk;
  const here = controller.facts.workspace;
  return workspaceChoice(controller.workspaces(), {
    here,
    escape: 'esc back',
    choose: (name) => {
      if (name === here) desk.toChat();
      else desk.command(`/workspace ${name}`);
    },
  });
}

export interface WorkspaceChoosing {
  /** The workspace that the chat is in. */
  readonly here?: string;
  /** What Escape does. */
  readonly escape: string;
  readonly now?: () => number;
  choose(workspace: string): void;
}

/** A list of workspaces. Typing narrows it. */
export function workspaceChoice(list: WorkspaceList, choosing: WorkspaceChoosing): Page {
  const { here, choose, now = Date.now } = choosing;
  const glances = new Map<string, WorkspaceGlance>();
  const glanceOf = (name: string) => {
    const known = glances.get(name) ?? list.look(name);
    glances.set(name, known);
    return known;
  };
  let filter: Filter = { ...noFilter, open: true };
  let shown = list.workspaces;
  let at = placeOf(shown, here ?? list.last);
  let height = 4;
  const narrow = (next: Filter | undefined): boolean => {
    // Escape takes the words away; where there are none, it is not for the list.
    if (!next || (!next.open && filter.editor.text === '')) return false;
    const selected = shown[at]?.name;
    const words = wordsOf(next);
    shown = list.workspaces.filter((each) => passes(words, { ...each }));
    at = placeOf(shown, selected);
    filter = { ...next, open: true };
    return true;
  };
  return {
    title: 'workspaces',
    about: () => `app ${list.app} · ${counted(list.workspaces.length, 'workspace')}`,
    escape: () => (filter.editor.text === '' ? choosing.escape : 'esc shows all'),
    keys: [
      { keys: 'type', about: 'shows the workspaces with these words', brief: 'to filter' },
      { keys: '↑↓', about: 'choose' },
      { keys: 'enter', about: 'opens the workspace', brief: 'open' },
    ],
    lines: (look, rows) => {
      // An entry has its name, what it is, how it is, and an empty line.
      const low = rows < 8;
      const room = rows - (low ? 1 : 2);
      height = Math.max(1, Math.floor(room / (low ? 1 : 4)));
      const { from, to } = shownOf(at, shown.length, height);
      const part = shown.slice(from, to);
      const same = { look, here, low, now: now(), widest: Math.max(0, ...part.map(({ name }) => widthOf(name))) };
      const entries = part.flatMap((workspace, row) =>
        entryLines(workspace, { ...same, selected: from + row === at, glance: glanceOf(workspace.name) }),
      );
      const none = look.theme.dim(safeLine(`  no workspace has “${filter.editor.text}”`, look.width));
      const place = shown.length > height ? `${at + 1} of ${shown.length}` : '';
      const list = shown.length === 0 ? [none] : entries;
      if (look.plain) return [...list, 'Type /workspace and a name to go there.'];
      return [wordLine(filter, place, look), ...(low ? [] : ['']), ...list];
    },
    press: (key) => {
      const name = key.kind === 'key' ? key.name : '';
      const next = key.kind === 'key' ? moveIn(at, shown.length, name, height) : undefined;
      if (next !== undefined) at = next;
      else if (name === 'enter') {
        const selected = shown[at];
        if (selected) choose(selected.name);
      } else return narrow(pressFilter(filter, key));
      return true;
    },
  };
}

/** Where it stands; the first place where it does not. */
function placeOf(shown: readonly WorkspaceName[], name: string | undefined): number {
  return Math.max(
    0,
    shown.findIndex((each) => each.name === name),
  );
}

function wordLine({ editor }: Filter, place: string, look: Look): string {
  const { theme, width } = look;
  const text = editor.text === '' ? theme.dim('type to filter') : editLine(editor, look, width - 16);
  return spread(` ${theme.cyan('›')} ${text}`, theme.dim(place), width);
}

interface Entry {
  readonly look: Look;
  /** Of the names that are shown. */
  readonly widest: number;
  readonly here: string | undefined;
  readonly low: boolean;
  readonly now: number;
  readonly selected: boolean;
  readonly glance: WorkspaceGlance;
}

function entryLines({ name, displayName, description }: WorkspaceName, entry: Entry): string[] {
  const { look, widest, here, low, now, selected, glance } = entry;
  const { theme, width, plain } = look;
  const mark = selected ? (plain ? '>' : '❯') : ' ';
  const narrowName = Math.min(widest, Math.floor(width / 2));
  const title = `${mark} ${pad(safeLine(name, narrowName), narrowName)}  ${safeLine(displayName, width)}`;
  const waits = glance.pending > 0 ? theme.yellow(`${plain ? '' : '▲ '}${counted(glance.pending, 'approval')}`) : '';
  const right = [name === here ? theme.dim('you are here') : '', waits].filter((text) => text !== '').join('  ');
  const head = spread(selected ? theme.cyan(theme.bold(title)) : title, right, width);
  if (low) return [head];
  const about = description === '' ? [] : [`  ${safeLine(description, width - 2)}`];
  return [head, ...about, theme.dim(`  ${safeLine(factsText(glance, now), width - 2)}`), ''];
}

/** `data 2 h ago · catalog 5 min ago · last run 3 min ago, done: Lower p-001` */
export function factsText({ data, catalogAt, lastRun, fault }: WorkspaceGlance, now: number): string {
  const age =
    data === 'seed'
      ? 'data: made from its seed at first use'
      : data === 'missing'
        ? 'its database is missing'
        : `data ${ago(data.at, now)}`;
  const catalog = catalogAt === undefined ? 'no catalog' : `catalog ${ago(catalogAt, now)}`;
  const run =
    lastRun === undefined ? 'no run yet' : `last run ${ago(lastRun.at, now)}, ${lastRun.status}: ${lastRun.prompt}`;
  return [age, catalog, fault === undefined ? run : `its record cannot be read: ${fault}`].join(' · ');
}
