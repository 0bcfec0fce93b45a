import { ToolFailure } from '../../core/errors.ts';
import type { Declared } from './declared.ts';
import { readMeta } from './meta.ts';
import {
  type Again,
  type Changes,
  declaredBefore,
  exposedMark,
  finished,
  indexTables,
  isCurrent,
  profileChanged,
  type Sources,
  synchronise,
} from './refresh.ts';
import { targetMark } from './target-mark.ts';

/** What an update did. */
export interface Update {
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  readonly profiled: readonly string[];
  /** Whether entries were put into the index. */
  readonly indexed: boolean;
}

/** Keeps a catalog up to date. */
export interface Updater {
  update(request?: Again): Promise<Update>;
  /** Resolves when the schema that the catalog knows is the one that the target has. */
  known(): Promise<void>;
  /** Resolves when the index is that of what is known. */
  indexed(): Promise<void>;
  /** What the app's files say, checked. */
  declared(): Declared;
  /** Work that changes the catalog, one after the other. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
}

/** One update that is going on or has been made. */
interface Round {
  readonly mark: string | undefined;
  readonly known: Promise<void>;
  readonly done: Promise<Update>;
}

/** @param keepCurrent update by itself, when it is asked for something and the schema of the target has changed */
export function updater(sources: Sources, keepCurrent: boolean): Updater {
  const { db, reader, target } = sources;
  const exclusive = oneByOne(sources.signal);
  let declared: Declared | undefined;
  let round: Round | undefined;
  const start = (request: Again): Round => {
    const started = startRound(sources, exclusive, request, (found) => {
      declared = found;
    });
    round = started;
    // After a failure the next question tries again.
    started.done.catch(() => {
      if (round === started) round = undefined;
    });
    return started;
  };
  const current = async (): Promise<Round> => {
    if (!keepCurrent && round === undefined) return asItIs(sources);
    if (round === undefined) return start({});
    const mark = targetMark(target);
    if (mark === round.mark) return round;
    await round.known;
    // Other rows in the same tables: profiles may be a little older than they are.
    if (String(await reader.version()) !== readMeta(db).schema) return start({});
    round = { ...round, mark };
    return round;
  };
  return {
    exclusive,
    update: (request = {}) => start(request).done,
    known: async () => (await current()).known,
    indexed: async () => void (await (await current()).done),
    declared() {
      declared ??= declaredBefore(db);
      return declared;
    },
  };
}

/** Does work one after the other, until it is told to stop. */
function oneByOne(signal: AbortSignal): Updater['exclusive'] {
  let line: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = line.then(() => {
      signal.throwIfAborted();
      return work();
    });
    line = turn.catch(() => undefined);
    return turn;
  };
}

function startRound(
  sources: Sources,
  exclusive: Updater['exclusive'],
  request: Again,
  checked: (declared: Declared) => void,
): Round {
  let tell: () => void = () => undefined;
  const synchronised = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const done = exclusive(async () => {
    if (Object.keys(request).length === 0 && isCurrent(sources)) return unchanged;
    const changes = await synchronise(sources);
    checked(changes.declared);
    tell();
    return finish(sources, changes, request);
  });
  const known = Promise.race([synchronised, done.then(() => undefined)]);
  // Whoever waits is told of a failure; one that nobody waits for must not end the process.
  known.catch(() => undefined);
  return { mark: targetMark(sources.target), known, done };
}

/** A catalog that is used as it is. */
function asItIs(sources: Sources): Round {
  const why = unusable(sources);
  if (why === undefined) return { mark: undefined, known: Promise.resolve(), done: Promise.resolve(unchanged) };
  throw new ToolFailure('catalog-unavailable', `the catalog ${why}; run \`harness catalog index\``);
}

/** Why a catalog cannot be asked before it has been updated. */
export function unusable({ db, tables }: Pick<Sources, 'db' | 'tables'>): string | undefined {
  const { index, exposed } = readMeta(db);
  if (index === 'complete' && exposed === exposedMark(tables)) return undefined;
  return index === undefined ? 'is empty' : 'was not made for this workspace as it is now';
}

const unchanged: Update = { changed: [], removed: [], profiled: [], indexed: false };

async function finish(sources: Sources, changes: Changes, request: Again): Promise<Update> {
  const { changed, removed } = changes;
  const profiled = await profileChanged(sources, request.profile);
  const rebuild = changes.rebuild || request.index === true;
  const stale = [...new Set([...changed, ...profiled])];
  const indexed = rebuild || stale.length > 0 || removed.length > 0;
  if (indexed) await indexTables(sources, { ...changes, rebuild }, stale);
  finished(sources, changes);
  return { changed, removed, profiled, indexed };
}
