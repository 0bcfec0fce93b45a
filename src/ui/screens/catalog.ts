import type { SearchHit } from '../../core/catalog.ts';
import { messageOf } from '../../core/errors.ts';
import { ago } from '../ago.ts';
import { hitAbout, hitMention, hitName, tableOf } from '../catalog/hit-line.ts';
import { tablePlainLines } from '../catalog/table-lines.ts';
import { wordEscape, wordKeys } from '../catalog/word-keys.ts';
import type { CatalogPort, CatalogState, TableDetails } from '../catalog-port.ts';
import { type Editor, emptyEditor, withText } from '../editor.ts';
import { editLine } from '../line-edit.ts';
import { cut, filled, pad, safeLine, spread, widthOf, wrap } from '../lines.ts';
import { moveIn, shownOf } from '../list.ts';
import type { Page, PageDesk } from '../page.ts';
import type { Look } from '../paint.ts';
import { typed } from '../typed.ts';
import { entryPage } from './entry.ts';
import { tablePage } from './table.ts';

/** What the page shows. Only its own functions change it. */
interface State {
  editor: Editor;
  /** Whether keys go into the line of words. */
  typing: boolean;
  catalog: CatalogState;
  /** Of `asked`; undefined before the first answer. */
  hits: readonly SearchHit[] | undefined;
  asked: string;
  unknown: readonly string[];
  problem: string | undefined;
  /** What is being done to the catalog now. */
  work: string | undefined;
  at: number;
  height: number;
}

interface Parts {
  readonly desk: PageDesk;
  readonly port: CatalogPort;
  readonly state: State;
  search(): void;
}

/** How often it is looked whether a catalog that is not up to date has become so. Milliseconds. */
const lookMs = 1000;

/** What the workspace's catalog holds, found as it is typed. @param words what to begin with */
export async function catalogPage(desk: PageDesk, words: string): Promise<Page> {
  const port = desk.controller.openCatalog();
  const state: State = {
    editor: withText(words),
    typing: words === '',
    catalog: port.state(),
    hits: undefined,
    asked: '',
    unknown: [],
    problem: undefined,
    work: undefined,
    at: 0,
    height: 10,
  };
  const { search, searched } = searching(state, port, desk.changed);
  const parts: Parts = { desk, port, state, search };
  search();
  await searched();
  const exact = words === '' ? undefined : await port.table(words).catch(() => undefined);
  const looking = setInterval(() => look(parts), lookMs).unref();
  return {
    title: 'catalog',
    about: () => aboutOf(desk, state),
    escape: () => wordEscape(state),
    typing: () => wordKeys(state),
    keys: [
      { keys: 'enter', about: 'opens the table, or the entry in full', brief: 'open' },
      { keys: '↑↓', about: 'choose' },
      { keys: 'tab', about: 'to the list, or back to the words', brief: 'list' },
      { keys: '/', about: 'search; in the list', brief: 'search' },
      { keys: '@', about: 'puts its name into your prompt; in the list', brief: 'mention' },
      { keys: 'y', about: 'copies its name; in the list', brief: 'copy' },
      { keys: 'u', about: 'profiles what has changed; in the list', brief: 'update' },
    ],
    lines: (look, rows) => linesOf(state, look, rows, exact),
    press: (key) => {
      const name = key.kind === 'key' ? key.name : key.text;
      if (key.kind === 'key' && pressAnywhere(parts, name)) return true;
      if (!state.typing) return pressList(parts, name);
      const editor = typed(state.editor, key);
      if (editor) write(parts, { ...editor, text: editor.text.replaceAll('\n', ' ') });
      return editor !== undefined;
    },
    close: () => {
      clearInterval(looking);
      port.close();
    },
  };
}

type Found = Pick<State, 'hits' | 'unknown' | 'problem'>;

/** Asks for what stands in the line, one question at a time: an answer that comes late never hides a newer one. */
function searching(state: State, port: CatalogPort, changed: () => void) {
  let going: Promise<void> | undefined;
  let again = false;
  const find = async (words: string): Promise<Found> => {
    if (state.catalog.is === 'none') return { hits: undefined, unknown: [], problem: undefined };
    try {
      const found = words === '' ? { hits: await port.tables(), unknown: [] } : await port.search(words);
      return { ...found, problem: undefined };
    } catch (thrown) {
      return { hits: [], unknown: [], problem: messageOf(thrown) };
    }
  };
  const ask = async () => {
    do {
      again = false;
      const words = state.editor.text.trim();
      const at = words === state.asked ? state.at : 0;
      Object.assign(state, await find(words), { asked: words, at });
    } while (again);
    going = undefined;
    changed();
  };
  return {
    search: () => {
      again = true;
      going ??= ask();
    },
    searched: async () => going,
  };
}

function look({ desk, port, state, search }: Parts): void {
  const before = state.catalog;
  if (before.is === 'current' && state.work === undefined) return;
  try {
    state.catalog = port.state();
  } catch (thrown) {
    state.problem = messageOf(thrown);
  }
  if (state.catalog.is !== before.is || state.catalog.at !== before.at) search();
  desk.changed();
}

function write({ state, search }: Parts, editor: Editor): void {
  const same = editor.text.trim() === state.editor.text.trim();
  state.editor = editor;
  if (!same) search();
}

/** Keys that mean the same in the line and in the list. */
function pressAnywhere(parts: Parts, name: string): boolean {
  const { state } = parts;
  if (name === 'tab' || name === 'shift+tab') state.typing = !state.typing;
  else if (name === 'enter') open(parts);
  else if (name === 'esc') return clear(parts);
  // Home and End are for the words while they are written.
  else if (state.typing && (name === 'home' || name === 'end')) return false;
  else return move(state, name);
  return true;
}

/** Escape takes the words away; where there are none, it goes back. */
function clear(parts: Parts): boolean {
  const { typing, editor } = parts.state;
  if (!typing || editor.text === '') return false;
  write(parts, emptyEditor);
  return true;
}

function move(state: State, name: string): boolean {
  const next = moveIn(state.at, state.hits?.length ?? 0, name, state.height);
  state.at = next ?? state.at;
  return next !== undefined;
}

function pressList(parts: Parts, name: string): boolean {
  const { desk, state } = parts;
  const hit = state.hits?.[state.at];
  if (name === '/') state.typing = true;
  else if (name === 'u') update(parts);
  else if (name === 'y' && hit) {
    desk.copy(hitMention(hit));
    desk.say(`copied ${hitMention(hit)}`, 'good');
  } else if (name === '@' && hit) desk.toChat(`@${hitMention(hit)} `);
  else return move(state, name);
  return true;
}

function open({ desk, port, state }: Parts): void {
  const hit = state.hits?.[state.at];
  if (!hit) return;
  const table = tableOf(hit);
  if (table === undefined) desk.open((opened) => entryPage(opened, hit));
  else desk.open(async (opened) => tablePage(opened, port, await port.table(table), hit.column));
}

function update(parts: Parts): void {
  const { desk, port, state, search } = parts;
  if (state.work !== undefined) return;
  state.work = 'profiling what has changed…';
  const after = (text: string, tone: 'good' | 'bad') => {
    state.work = undefined;
    state.catalog = port.state();
    search();
    desk.say(text, tone);
  };
  port.update().then(
    (done) => after(done, 'good'),
    (thrown) => after(messageOf(thrown), 'bad'),
  );
}

function aboutOf({ controller: { facts } }: PageDesk, { catalog, hits }: State): string {
  const fresh = { none: 'not made yet', stale: 'out of date', current: 'up to date' }[catalog.is];
  const written = catalog.at === undefined ? '' : `, written ${ago(catalog.at, Date.now())}`;
  const count = hits === undefined ? '' : ` · ${hits.length === 1 ? '1 entry' : `${hits.length} entries`}`;
  return `${facts.workspace} · ${fresh}${written}${count}`;
}

function linesOf(state: State, look: Look, rows: number, exact: TableDetails | undefined): string[] {
  const { plain } = look;
  if (plain) {
    const all = state.catalog.is === 'none' ? missingLines(state, look) : hitLines(state, look, rows);
    return [...toldLines(state, look), ...all, ...(exact ? ['', ...tablePlainLines(exact, look)] : [])];
  }
  const head = [wordLine(state, look), ...(rows < 10 ? [] : [''])];
  if (state.catalog.is === 'none') return [...head, ...missingLines(state, look)];
  const told = toldLines(state, look);
  const hit = state.hits?.[state.at];
  const foot = rows < 14 || !hit ? [] : footLines(hit, look);
  const room = Math.max(1, rows - head.length - told.length - foot.length);
  state.height = room;
  const list = hitLines(state, look, room);
  return [...head, ...told, ...(foot.length > 0 ? filled(list, room) : list), ...foot];
}

/** What is to be known before the list is read. */
function toldLines({ catalog, hits, problem, unknown, work, typing }: State, { theme, width }: Look): string[] {
  const lines: string[] = [];
  if (work !== undefined && catalog.is !== 'none') lines.push(theme.yellow(work));
  if (work === undefined && catalog.is === 'stale') lines.push(theme.yellow(cut(staleText(typing), width - 1)));
  if (problem !== undefined) lines.push(theme.red(safeLine(problem, width - 1)));
  else if (unknown.length > 0) lines.push(theme.dim(safeLine(`nothing holds ${unknown.join(', ')}`, width - 1)));
  else if (hits?.length === 0) lines.push(theme.dim('nothing found; try a part of a name, or fewer words'));
  return lines.map((line) => ` ${line}`);
}

function wordLine({ editor, typing }: State, look: Look): string {
  const { theme, width } = look;
  const mark = typing ? theme.cyan('›') : theme.dim('/');
  if (editor.text === '') {
    const hint = theme.dim(safeLine('tables, columns, values, metrics, rules', width - 5));
    return ` ${mark} ${typing ? theme.caret(' ') : ''}${hint}`;
  }
  if (!typing) return ` ${mark} ${safeLine(editor.text, width - 4)}`;
  return ` ${mark} ${editLine(editor, look, width - 5)}`;
}

function staleText(typing: boolean): string {
  const how = typing ? 'tab, then u: profile what has changed' : 'u profiles what has changed';
  return `the database or the app has changed since it was made; ${how}`;
}

function missingLines({ work, typing }: State, { theme, width }: Look): string[] {
  if (work !== undefined) return [` ${theme.yellow(work)}`];
  const how = typing ? 'Press tab, then u,' : 'Press u';
  const text = `This workspace has no catalog yet: its tables have not been profiled. ${how} to make it now, or run harness catalog index in a shell.`;
  return wrap(text, width - 2).map((line) => ` ${line}`);
}

function hitLines({ hits = [], at }: State, { theme, width, plain }: Look, rows: number): string[] {
  const { from, to } = shownOf(at, hits.length, rows);
  const shown = hits.slice(from, to);
  const widest = Math.max(0, ...shown.map((hit) => widthOf(safeLine(hitName(hit), width))));
  const name = Math.min(widest, Math.max(12, Math.floor((width - 10) * 0.45)));
  return shown.map((hit, row) => {
    const here = from + row === at && !plain;
    const title = `${here ? '❯' : ' '} ${pad(hit.kind, 6)}  ${pad(safeLine(hitName(hit), name), name)}`;
    const about = safeLine(hitAbout(hit), Math.max(0, width - name - 12));
    return cut(`${here ? theme.cyan(title) : title}  ${theme.dim(about)}`, width);
  });
}

/** The selected entry, as far as three lines hold it. */
function footLines(hit: SearchHit, { theme, width }: Look): string[] {
  const about = wrap(safeLine(hitAbout(hit) || hitName(hit), width * 2), width - 2).slice(0, 2);
  const lines = [spread(` ${theme.bold(safeLine(hitName(hit), width - 12))}`, theme.dim(hit.kind), width)];
  return [theme.dim('─'.repeat(width)), ...lines, ...about.map((line) => ` ${line}`)];
}
