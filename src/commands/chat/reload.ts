import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { App } from '../../config/app.ts';
import { formatProblem } from '../../config/frame.ts';
import { type LoadedApp, loadApp } from '../../config/load.ts';
import type { Problem } from '../../core/errors.ts';
import { hideSecrets } from '../load.ts';
import { type Here, tell } from './here.ts';
import { type Mover, takeOver, tellKept } from './moving.ts';
import { watchFiles } from './watch-files.ts';

/** What is being done about changes of an app's files. */
export interface Reload {
  close(): void;
}

/** So many mistakes are shown; `harness validate` shows all. */
const mostProblems = 4;

/**
 * While a chat is open, what is saved of its app's files is checked, and used from the next prompt on. Where there is a
 * mistake, the version before stays in use.
 */
export function reloading(mover: Mover): Reload {
  const { here } = mover;
  const { dir } = here.loaded;
  const known = new Set<string>();
  let closed = false;
  let broken = false;
  const watch = ({ files }: LoadedApp) => {
    // Of an app with mistakes not all files are known.
    for (const file of files) known.add(file);
    watching.look([...known], [dir]);
    here.watching = `${known.size}, ${watching.how()}`;
  };
  const reload = async (changed: readonly string[]) => {
    const loaded = await loadApp(dir, { evals: false });
    if (closed) return;
    hideSecrets(dir, loaded.app);
    watch(loaded);
    const was = broken;
    broken = loaded.app === undefined;
    const names = namesOf(changed, dir);
    if (loaded.app) await use(mover, { app: loaded.app, changed: names, was });
    else if (was || changed.some((file) => loaded.files.includes(file))) tellMistakes(here, names, loaded);
  };
  let work = loadApp(dir, { evals: false }).then((loaded) => {
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
  /** In words. */
  readonly changed: string;
  /** There was a mistake before. */
  readonly was: boolean;
}

async function use(mover: Mover, { app, changed, was }: Changed): Promise<void> {
  const { here } = mover;
  const before = here.next ?? here.loaded;
  const fixed = was ? 'the mistakes are gone; ' : '';
  if (isSame(app, before)) {
    if (was) tell(here, `${changed} changed: ${fixed}the app is what is in use.`, 'good');
    return;
  }
  if (app.name !== before.name) {
    tell(here, `${changed} changed: the app has another name. Restart harness chat to use it.`, 'warn');
    return;
  }
  const { workspace } = here.place;
  const own = before.workspaces[workspace.name];
  const restart = own !== undefined && !isDeepStrictEqual(own, app.workspaces[workspace.name]);
  // The data environment is open: it stays what it is.
  const next = restart ? { ...app, workspaces: { ...app.workspaces, [workspace.name]: own } } : app;
  try {
    if (!isSame(next, before)) {
      await takeOver(mover, next);
      tell(here, `${changed} changed: ${fixed}in use from the next prompt.${await staleTypes(next, before)}`, 'good');
    }
    if (restart) tell(here, `Restart harness chat to use what changed in workspace "${workspace.name}".`, 'warn');
  } catch (thrown) {
    tellKept(here, thrown);
  }
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

function tellMistakes(here: Here, changed: string, { problems }: LoadedApp): void {
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
  const names = files.map((file) => relative(dir, file));
  const shown = names.slice(0, mostNames).join(', ');
  return names.length > mostNames ? `${shown} and ${names.length - mostNames} more` : shown;
}
