import type { App } from '../../config/app.ts';
import { HarnessError } from '../../core/errors.ts';
import { suggest } from '../../core/nearest.ts';
import type { Store } from '../../core/ports.ts';
import { workspaceOf } from '../../runtime/workspace.ts';
import type { Move } from '../../ui/controller.ts';
import { goOnWith, refuseOtherInterpreter } from '../go-on.ts';
import type { Destination, Place } from './place.ts';

/** Where a move leads. @throws HarnessError when there is no such place */
export function destinationOf(to: Move, place: Place, app: App, scripted: boolean): Destination {
  const { runtime } = place;
  const { workspace } = runtime;
  switch (to.kind) {
    case 'new':
      return { workspace };
    case 'workspace':
      workspaceOf(app, to.workspace);
      return { workspace: to.workspace };
    case 'app':
      return stayIn(place);
    case 'fork':
      return { workspace, fork: runNamed(runtime.store, to.run, runtime.session) };
    case 'resume':
      return resumed(app, to.id, scripted);
  }
}

/** The same conversation again; one that no run has begun keeps its id. */
function stayIn({ runtime: { workspace, session, store }, destination }: Place): Destination {
  if (store.runs({ session, limit: 1 }).length > 0) return { workspace, session };
  const { fork } = destination;
  return { workspace, newSession: session, ...(fork !== undefined && { fork }) };
}

function resumed(app: App, id: string, scripted: boolean): Destination {
  const goOn = goOnWith(app, { resume: id }, undefined, { spare: true, ended: true });
  if (!goOn) throw new HarnessError('unknown-name', `there is no run or session "${id}"`);
  refuseOtherInterpreter(goOn, scripted);
  const { workspace, session, runId } = goOn;
  return { workspace, ...(runId === undefined ? { session } : { resume: runId }) };
}

/** The id of a run that is named by it, by its start, or that is the last one of a session. */
function runNamed(store: Store, word: string | undefined, session: string): string {
  if (word === undefined) {
    const [last] = store.runs({ session, limit: 1 });
    if (last) return last.runId;
    throw new HarnessError('unknown-name', 'nothing has been said in this session yet', {
      hint: '/sessions lists others, /resume <session> goes there',
    });
  }
  const exact = store.run(word);
  if (exact) return exact.runId;
  const ids = store.runs().map(({ runId }) => runId);
  const starting = ids.filter((id) => id.startsWith(word));
  const [only] = starting;
  if (only !== undefined && starting.length === 1) return only;
  const hint = only === undefined ? suggest(word, ids.slice(0, 50)) : 'more than one run starts like that';
  throw new HarnessError('unknown-name', `there is no run "${word}" in this workspace`, {
    hint: hint ?? '/runs lists them',
  });
}
