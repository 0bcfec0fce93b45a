import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Database } from 'better-sqlite3';
import type { KeyInfo, Note, TableProfile } from '../../core/catalog.ts';
import { HarnessError, ToolFailure } from '../../core/errors.ts';
import { canonical, type Json } from '../../core/json.ts';
import { type Declaration, type Declared, resolveDeclared } from './declared.ts';
import { metricEntries, metricSource, ruleEntries, ruleSource, tableEntries, tableSource } from './entries.ts';
import { indexWriter } from './index-write.ts';
import type { Inspected } from './inspect.ts';
import { describeTable, notesByTable, visibleNotes } from './known.ts';
import { readMeta, writeMeta } from './meta.ts';
import type { Reader } from './reader.ts';
import type { CatalogStore } from './store.ts';
import { targetMark } from './target-mark.ts';

/** What a catalog is brought up to date with. */
export interface Sources {
  readonly db: Database;
  readonly store: CatalogStore;
  readonly reader: Reader;
  /** Absolute path of the target database. */
  readonly target: string;
  /** Names of the tables that the workspace exposes; default: all. */
  readonly tables?: readonly string[] | undefined;
  readonly declaration?: Declaration | undefined;
  readonly signal: AbortSignal;
  progress(progress: Progress): void;
}

/** How far the work on a catalog has come. */
export interface Progress {
  readonly phase: 'inspect' | 'profile' | 'index';
  /** The table that is worked on. */
  readonly table?: string;
  /** Tables that are done, of how many. */
  readonly done: number;
  readonly total: number;
  /** Rows of the table that have been looked at so far. */
  readonly looked?: number;
}

/** What has to be done again although nothing changed. */
export interface Again {
  /** `all` tables, or one by its name. */
  readonly profile?: 'all' | { readonly table: string };
  readonly index?: boolean;
}

/** What was found to have changed, from the cheapest look to the last table. */
export interface Changes {
  readonly declared: Declared;
  /** Tables whose schema or rows changed, or that were not there before. */
  readonly changed: readonly string[];
  /** Tables that are gone. */
  readonly removed: readonly string[];
  /** All entries have to be made again. */
  readonly rebuild: boolean;
  /** Of the files of the target, before they were read. */
  readonly mark: string | undefined;
}

/** Whether anything may have changed since the catalog was last brought up to date. Opens nothing but the catalog. */
export function isCurrent({ db, target, tables, declaration }: Omit<Sources, 'reader'>): boolean {
  const meta = readMeta(db);
  return (
    meta.index === 'complete' &&
    meta.files !== undefined &&
    meta.files === targetMark(target) &&
    meta.exposed === exposedMark(tables) &&
    meta.declared === declaredMark(declaration)
  );
}

/** What the app's files said when they were last checked. */
export function declaredBefore(db: Database): Declared {
  const { resolved } = readMeta(db);
  return resolved === undefined ? nothing : { ...nothing, ...JSON.parse(resolved) };
}

const nothing: Declared = { notes: [], keys: [], problems: [] };

/**
 * Reads the schema of the target, keeps what changed, and checks what the app's files say against it.
 * @throws HarnessError `invalid-files` with each entry that names what is not there; ToolFailure when the target
 * cannot be read.
 */
export async function synchronise(sources: Sources): Promise<Changes> {
  const { db, store, reader, target, tables, declaration, progress } = sources;
  const before = readMeta(db);
  const mark = targetMark(target);
  const found: Inspected[] = [];
  const keys: KeyInfo[] = [];
  const hidden = new Set<string>();
  const { version } = await reader.inspect({
    table: (table) => {
      found.push(table);
      progress({ phase: 'inspect', table: table.info.name, done: found.length, total: found.length });
    },
    key: (key) => keys.push(key),
    hidden: (name) => hidden.add(name.toLowerCase()),
  });
  const byName = new Map(found.map(({ info }) => [info.name.toLowerCase(), info]));
  const declared = await resolveDeclared(declaration ?? { entries: [], locate: () => ({ pointer: '' }) }, {
    names: found.map(({ info }) => info.name),
    table: (name) => byName.get(name.toLowerCase()),
    isHidden: (name) => hidden.has(name.toLowerCase()),
    check: (sql) => reader.check(sql),
  });
  if (declared.problems.length > 0) throw invalidEntries(declared);
  const changed = found.filter(({ info, fingerprint }) => store.table(info.name)?.fingerprint !== fingerprint);
  const removed = store.names().filter((name) => !byName.has(name.toLowerCase()));
  const resolved = JSON.stringify({ notes: declared.notes, keys: declared.keys });
  const allKeys = mergedKeys([...keys, ...declared.keys]);
  const sameKeys = JSON.stringify(store.keys()) === JSON.stringify(allKeys);
  const rebuild = before.index !== 'complete' || before.resolved !== resolved || !sameKeys;
  // If this process ends before the index is complete, the next one makes it anew.
  if (rebuild || changed.length > 0 || removed.length > 0) writeMeta(db, { index: 'unfinished' });
  await keep(sources, changed, removed);
  if (!sameKeys) store.putKeys(allKeys);
  writeMeta(db, {
    schema: String(version),
    exposed: exposedMark(tables),
    declared: declaredMark(declaration),
    resolved,
  });
  return { declared, changed: changed.map(({ info }) => info.name), removed, rebuild, mark };
}

/** Each key once: what the database declares before what the files do, and that before what was inferred. */
function mergedKeys(keys: readonly KeyInfo[]): KeyInfo[] {
  const order = ['foreign-key', 'catalog', 'inferred'] as const;
  const merged = new Map<string, KeyInfo>();
  for (const origin of order) {
    for (const key of keys.filter((each) => each.origin === origin)) {
      const ends = canonical([key.from, key.to] as unknown as Json).toLowerCase();
      const before = merged.get(ends);
      if (before === undefined) merged.set(ends, key);
      else if (before.description === undefined) merged.set(ends, { ...key, ...before });
    }
  }
  return [...merged.values()];
}

function invalidEntries({ problems }: Declared): HarnessError {
  const count = problems.length === 1 ? 'an error' : `${problems.length} errors`;
  return new HarnessError('invalid-files', `the app's catalog entries have ${count}`, { problems });
}

const portion = 200;

async function keep({ db, store, signal }: Sources, changed: readonly Inspected[], removed: readonly string[]) {
  for (let at = 0; at < changed.length; at += portion) {
    db.transaction(() => {
      for (const { info, fingerprint } of changed.slice(at, at + portion)) store.putTable(info, fingerprint);
    })();
    await setImmediate();
    signal.throwIfAborted();
  }
  db.transaction(() => {
    for (const name of removed) store.removeTable(name);
  })();
}

/** Profiles tables that changed since they were profiled. Views are profiled only when somebody asks for it. */
export async function profileChanged(sources: Sources, again: Again['profile']): Promise<string[]> {
  const { store, signal } = sources;
  const only = typeof again === 'object' ? again.table : undefined;
  const due = (only === undefined ? store.names() : [only]).filter((name) => {
    const table = store.table(name);
    if (table === undefined || table.info.problem !== undefined) return false;
    if (only !== undefined) return true;
    return table.info.kind !== 'view' && (again === 'all' || table.profiled !== table.fingerprint);
  });
  for (const [done, name] of due.entries()) {
    signal.throwIfAborted();
    await profileOne(sources, name, (looked) =>
      sources.progress({ phase: 'profile', table: name, done, total: due.length, ...(looked > 0 && { looked }) }),
    );
  }
  return due;
}

/** Profiles one table and keeps the profile; undefined where that takes too much. */
export async function profileOne(
  { store, reader }: Pick<Sources, 'store' | 'reader'>,
  name: string,
  looked: (rows: number) => void = () => undefined,
): Promise<TableProfile | undefined> {
  const table = store.table(name);
  if (table === undefined) return undefined;
  looked(0);
  try {
    const profile = await reader.profile(table.info, looked);
    store.putProfile(name, profile, table.fingerprint);
    return store.table(name)?.profile ?? profile;
  } catch (thrown) {
    if (!(thrown instanceof ToolFailure) || thrown.code !== 'profile-failed') throw thrown;
    store.putProfile(name, null, table.fingerprint);
    return undefined;
  }
}

/** Brings the index up to date: the entries of some tables, or all of it. */
export async function indexTables(
  sources: Sources,
  { declared, removed, rebuild }: Pick<Changes, 'declared' | 'removed' | 'rebuild'>,
  tables: readonly string[],
): Promise<void> {
  const { db, store } = sources;
  const writer = indexWriter(db);
  const notes = visibleNotes(declared.notes, store);
  if (rebuild) writer.clear();
  else await writer.remove([...[...tables, ...removed].map(tableSource), metricSource, ruleSource]);
  await writer.add(allEntries(sources, notes, rebuild ? store.names() : tables));
  await writer.finish();
}

function* allEntries({ store, signal, progress }: Sources, notes: readonly Note[], tables: readonly string[]) {
  const byTable = notesByTable(notes);
  for (const [done, table] of tables.entries()) {
    signal.throwIfAborted();
    progress({ phase: 'index', table, done, total: tables.length });
    const description = describeTable(store, byTable, table);
    if (description) yield* tableEntries(description);
  }
  yield* metricEntries(notes);
  yield* ruleEntries(notes);
}

/** Notes that everything is up to date with the target as it was when its mark was taken. */
export function finished({ db }: Sources, { mark }: Changes): void {
  if (mark !== undefined) writeMeta(db, { files: mark });
}

export function exposedMark(tables: readonly string[] | undefined): string {
  return tables === undefined ? 'all' : canonical([...tables].map((name) => name.toLowerCase()).sort());
}

function declaredMark(declaration: Declaration | undefined): string {
  const entries = (declaration?.entries ?? []) as unknown as Json;
  return createHash('sha256').update(canonical(entries)).digest('hex');
}
