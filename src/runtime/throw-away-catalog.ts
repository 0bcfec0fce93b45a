import type { App } from '../config/app.ts';
import type { Catalog } from '../core/catalog.ts';
import type { Clock } from '../core/ports.ts';
import type { Redactor } from '../core/redact.ts';
import type { OpenCatalog } from '../data/catalog/catalog.ts';
import { openThrowAwayCatalog } from './pristine.ts';
import { type ThrowAwayWorkspace, workspaceOf } from './workspace.ts';

export interface ThrowAwayCatalog {
  catalog(): Promise<Catalog>;
  /** Has nothing to do: what nobody asks is not made. */
  prepare(): Promise<void>;
  close(): Promise<void>;
}

export interface ThrowAwayRequest {
  readonly app: App;
  readonly workspace: ThrowAwayWorkspace;
  readonly clock: Clock;
  readonly redactor: Redactor;
}

/**
 * The catalog of a throw-away workspace: the one that all of them share, until something is written to it or to the
 * target database; then one of its own, about a target database of its own.
 */
export function throwAwayCatalog({ app, workspace, clock, redactor }: ThrowAwayRequest): ThrowAwayCatalog {
  const definition = workspaceOf(app, workspace.name);
  const about = { app, definition, redactor, now: () => clock.now() };
  let own: Promise<OpenCatalog> | undefined;
  const ownCatalog = () => {
    own ??= workspace.targetFile().then((target) => openThrowAwayCatalog({ ...about, target }));
    return own;
  };
  const isOwn = () => own !== undefined || workspace.isChanged();
  const asked = () => (isOwn() ? ownCatalog() : workspace.pristine.catalog());
  const catalog: Catalog = {
    search: async (request) => (await asked()).search(request),
    describe: async (table) => (await asked()).describe(table),
    resolve: async (table, columns) => (await asked()).resolve(table, columns),
    joins: async (from, to) => (await asked()).joins(from, to),
    async profile(table) {
      if (isOwn()) return (await ownCatalog()).profile(table);
      // A profile that is only made now would be seen by all others.
      const { profile } = await (await asked()).describe(table);
      return profile ?? (await ownCatalog()).profile(table);
    },
    annotate: async (note) => (await ownCatalog()).annotate(note),
  };
  return {
    catalog: async () => catalog,
    prepare: async () => undefined,
    close: async () => {
      await (await own?.catch(() => undefined))?.close();
    },
  };
}
