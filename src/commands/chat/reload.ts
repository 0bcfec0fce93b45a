import { existsSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { App } from '../../config/app.ts';
import { formatProblem } from '../../config/frame.ts';
import type { Problem } from '../../core/errors.ts';
import type { SmokeScript } from '../../generated/config.ts';
import { hideSecrets } from '../load.ts';
import { type Here, tell } from './here.ts';
import { type Mover, takeOver, tellKept } from './moving.ts';
import { loadSaved, type Saved } from './script.ts';
import { watchFiles } from './watch-files.ts';

/** What is being done about changes of an app's files. */
export interface Reload {
  close(): void;
}

/** So many mistakes are shown; `harness validate` shows all. */
const mostProblems = 4;

/**
 * While a chat is open, what is saved of its app's files and of its script is checked, and used from the next prompt on.
 * Where there is a mistake, the version before stays in use.
 */
export function reloading(mover: Mover): Reload {
  const { here, request } = mover;
  const { dir } = here.loaded;
  const load = () => loadSaved(dir, request.script, here.next ?? here.loaded);
  const known = new Set<string>();
  let closed = false;
  let broken = false;
  const watch = ({ files }: Saved) => {
    // Of an app with mistakes not all files are known.
    for (const file of files) known.add(file);
    watching.look([...known], [dir]);
    here.watching = `${known.size}, ${watching.how()}`;
  };
  const reload = async (changed: readonly string[]) => {
    const loaded = await load();
    if (closed) return;
    hideSecrets(dir, loaded.app);
    watch(loaded);
    const was = broken;
    broken = loaded.app === undefined;
    const names = namesOf(changed, dir);
    const { app, script } = loaded;
    if (app) await use(mover, { app, script, changed: names, was });
    else if (was || changed.some((file) => loaded.files.includes(file))) tellMistakes(here, names, loaded);
  };
  let work = load().then((loaded) => {
    if (!closed) watch(loaded);
  });
  const watching = watchFiles((changed) => {
    work = work.then(() => (closed ? undefined : reload(changed))).catch((thrown) => tellKept(here, thrown));
  });
  return {
    close: () => {
      closed = true;
      watching.close();
    },
  };
}

interface Changed {
  readonly app: App;
  readonly script: SmokeScript | undefined;
  /** In words. */
  readonly changed: string;
  /** There was a mistake before. */
  readonly was: boolean;
}

async function use(mover: Mover, saved: Changed): Promise<void> {
  const { here, request } = mover;
  const { app, changed, was } = saved;
  const before = here.next ?? here.loaded;
  const isPlayed = isDeepStrictEqual(saved.script, request.script?.current);
  if (isPlayed && isSame(app, before)) {
    const kept = 'nothing else is different, so the earlier version stays in use.';
    if (was) tell(here, `${changed} changed: ${mended}${kept}`, 'good');
  } else if (app.name !== before.name) {
    tell(here, `${changed} changed: the app has another name. Restart harness chat to use it.`, 'warn');
  } else await apply(mover, saved, { before, isPlayed }).catch((thrown) => tellKept(here, thrown));
}

const mended = 'the mistakes are gone; ';

/** @param now what is in use, and whether it is what the script says */
async function apply(
  mover: Mover,
  { app, script, changed, was }: Changed,
  { before, isPlayed }: { readonly before: App; readonly isPlayed: boolean },
): Promise<void> {
  const { here, request } = mover;
  const { workspace } = here.place;
  const own = before.workspaces[workspace.name];
  const restart = own !== undefined && !isDeepStrictEqual(own, app.workspaces[workspace.name]);
  // The data environment is open: it stays what it is.
  const next = restart ? { ...app, workspaces: { ...app.workspaces, [workspace.name]: own } } : app;
  if (!isPlayed || !isSame(next, before)) {
    if (request.script && script) request.script.current = script;
    await takeOver(mover, next);
    const stale = await staleTypes(next, before);
    tell(here, `${changed} changed: ${was ? mended : ''}in use from the next prompt.${stale}`, 'good');
  }
  if (restart) tell(here, `Restart harness chat to use what changed in workspace "${workspace.name}".`, 'warn');
}

/** What functions of an app tell is where its parts are written. */
function isSame(left: App, right: App): boolean {
  const data = (app: App) => JSON.parse(JSON.stringify(app)) as unknown;
  return isDeepStrictEqual(data(left), data(right));
}

async function staleTypes(app: App, before: App): Promise<string> {
  const file = join(app.dir, 'generated', 'plans.ts');
  if (isDeepStrictEqual(app.plans, before.plans) || !existsSync(file)) return '';
  const [{ generatePlans }, { compareOrWrite }] = await Promise.all([
    import('../../codegen/plans.ts'),
    import('../../codegen/write.ts'),
  ]);
  const state = compareOrWrite(file, await generatePlans(app.plans), true);
  return state === 'stale' ? ' generated/plans.ts is stale: run `harness codegen`.' : '';
}

function tellMistakes(here: Here, changed: string, { problems }: Saved): void {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const frame = (problem: Problem) => formatProblem(problem, { cwd: process.cwd(), colour: false });
  const more = errors.length - mostProblems;
  const rest = more > 0 ? [`… and ${more} more: harness validate`] : [];
  const count = errors.length === 1 ? 'a mistake' : `${errors.length} mistakes`;
  here.lastError = errors[0]?.message;
  tell(here, `${changed} changed, with ${count}; the version before stays in use.`, 'bad');
  tell(here, [...errors.slice(0, mostProblems).map(frame), ...rest].join('\n'), 'plain');
}

const mostNames = 4;

function namesOf(files: readonly string[], dir: string): string {
  const names = files.map((file) => (file.startsWith(dir + sep) ? relative(dir, file) : relative(process.cwd(), file)));
  const shown = names.slice(0, mostNames).join(', ');
  return names.length > mostNames ? `${shown} and ${names.length - mostNames} more` : shown;
}
