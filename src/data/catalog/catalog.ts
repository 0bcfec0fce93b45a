import type { Catalog, TableDescription, TableProfile } from '../../core/catalog.ts';
import { ToolFailure } from '../../core/errors.ts';
import { type Redactor, redactor as redactorOf } from '../../core/redact.ts';
import { guardCatalog, openCatalogDatabase } from './database.ts';
import type { Declaration } from './declared.ts';
import { indexSearch } from './index-search.ts';
import { joinPaths } from './joins.ts';
import { describeTable, notesByTable, visibleNotes } from './known.ts';
import { lookUpColumn, lookUpTable } from './lookup.ts';
import { noteWriter } from './note-write.ts';
import { openReader } from './reader.ts';
import { type Again, isCurrent, type Progress, profileOne, type Sources } from './refresh.ts';
import { catalogStore } from './store.ts';
import { type Update, unusable, updater } from './update.ts';

/** How a catalog is opened. */
export interface CatalogOptions {
  /** Absolute path of catalog.db, or `:memory:`. */
  readonly file: string;
  /** Create and migrate its tables; otherwise they must be there. */
  readonly ensureSchema: boolean;
  /** Absolute path of the target database. */
  readonly target: string;
  /** Names of the tables that the workspace exposes; default: all. */
  readonly tables?: readonly string[] | undefined;
  /** What the app's files say. */
  readonly declaration?: Declaration | undefined;
  /** Bring it up to date before it is used, and whenever the target's schema changed. */
  readonly keepCurrent: boolean;
  /** Removes secrets from what is kept of the target's values and of notes. */
  readonly redactor?: Redactor | undefined;
  /** Milliseconds since 1970. */
  now(): number;
  progress?(progress: Progress): void;
}

/** A catalog with what its owner does besides asking it. */
export interface OpenCatalog extends Catalog {
  /**
   * Brings it up to date, once for all who ask. Costs next to nothing when nothing changed.
   * @throws HarnessError `invalid-files` when an entry of the app's files names what is not there; ToolFailure when the
   * target cannot be read.
   */
  update(request?: Again): Promise<Update>;
  /** Everything known about every table, in the order of their names. */
  tables(): Promise<readonly TableDescription[]>;
  /** Whether it can be asked as it is: it has been made, and for the tables that are exposed now. */
  isUsable(): boolean;
  /** Whether it is up to date with the target database, the exposed tables and the app's files. */
  isCurrent(): boolean;
  /** Resolves when the app's files have been checked against the target; the rest of the update goes on. */
  checked(): Promise<void>;
  /** Ends what it is doing and closes its files. */
  close(): Promise<void>;
}

/** Opens a catalog. Nothing is read from the target before something is asked. @throws HarnessError */
export function openCatalog(options: CatalogOptions): OpenCatalog {
  const { file, target, tables, declaration } = options;
  const db = openCatalogDatabase(options);
  const guarded = <T>(work: () => T): T => guardCatalog(file, work);
  const abort = new AbortController();
  const store = catalogStore(db, options.redactor ?? redactorOf([]));
  const reader = openReader({ file: target, tables });
  const progress = options.progress ?? (() => undefined);
  const sources: Sources = { db, store, reader, target, tables, declaration, signal: abort.signal, progress };
  const { update, known, indexed, declared, exclusive } = updater(sources, options.keepCurrent);
  const search = indexSearch(db);
  const allNotes = () => notesByTable(visibleNotes(declared().notes, store));
  const after = async <T>(ready: Promise<unknown>, work: () => T): Promise<T> => {
    await ready;
    abort.signal.throwIfAborted();
    return guarded(work);
  };
  return {
    update,
    checked: known,
    isUsable: () => guarded(() => unusable(sources) === undefined),
    isCurrent: () => guarded(() => isCurrent(sources)),
    tables: () =>
      after(known(), () => {
        const notes = allNotes();
        return store.names().flatMap((name) => describeTable(store, notes, name) ?? []);
      }),
    search: (request) => after(indexed(), () => search(request)),
    describe: (name) =>
      after(known(), () => {
        const { info, profile } = lookUpTable(store, name);
        return describeTable(store, allNotes(), info.name) ?? { info, profile, keys: [], notes: [] };
      }),
    resolve: (name, columns = []) =>
      after(known(), () => {
        const { info } = lookUpTable(store, name);
        return { table: info.name, columns: columns.map((column) => lookUpColumn(info, column)) };
      }),
    joins: (from, to) =>
      after(known(), () => {
        const ends = [from, to].map((name) => lookUpTable(store, name).info.name);
        return joinPaths(store.keys(), ends[0] ?? '', ends[1] ?? '');
      }),
    async profile(name): Promise<TableProfile> {
      const { info, profile, profiled, fingerprint } = await after(known(), () => lookUpTable(store, name));
      if (profile && profiled === fingerprint) return profile;
      if (info.problem !== undefined) throw unreadable(info.name, info.problem);
      const fresh = await profileOne(sources, info.name);
      if (fresh === undefined) throw unreadable(info.name, 'it takes too much time or memory');
      return fresh;
    },
    annotate: noteWriter({ sources, known, declared, exclusive, now: options.now }),
    async close() {
      abort.abort(new ToolFailure('catalog-unavailable', 'the catalog has been closed'));
      reader.close();
      await exclusive(async () => undefined).catch(() => undefined);
      db.close();
    },
  };
}

function unreadable(table: string, reason: string): ToolFailure {
  return new ToolFailure('profile-failed', `the table "${table}" cannot be profiled: ${reason}`);
}
