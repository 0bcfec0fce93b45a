import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App, WorkspaceDefinition } from '../config/app.ts';
import { HarnessError } from '../core/errors.ts';
import type { TargetDatabase } from '../core/ports.ts';
import type { Redactor } from '../core/redact.ts';
import { type OpenCatalog, openCatalog } from '../data/catalog/catalog.ts';
import { openSandbox } from '../data/sandbox.ts';
import { targetCopy } from '../data/target.ts';
import { redactorOf } from './keys.ts';

/**
 * What a throw-away workspace starts from: a target database as its seed makes it, and a catalog of it. Each is made
 * once, when somebody first asks for it, and nobody writes to it.
 */
export interface Pristine {
  /** Absolute path of the target database. */
  target(): Promise<string>;
  /** The target database for somebody who reads; to be given back. */
  lend(): Promise<Loan>;
  /** A catalog that is up to date. Nothing may be noted in it. */
  catalog(): Promise<OpenCatalog>;
  /** Ends its processes and removes its files. */
  close(): Promise<void>;
  /** Removes its files at once, for a process that ends. */
  discard(): void;
}

export interface Loan {
  readonly database: TargetDatabase;
  giveBack(): void;
}

/** @param definition of the workspace @param redactor removes secrets from the catalog */
export function pristineOf(app: App, definition: WorkspaceDefinition, redactor: Redactor = redactorOf(app)): Pristine {
  const { seedFile, databaseFile, dataEnvironment } = definition;
  const { file, tables } = dataEnvironment.targetDatabase;
  let dir: string | undefined;
  const target = lazily(() => {
    dir ??= temporaryFolder();
    return targetCopy({ dir, file, seedFile, databaseFile });
  });
  const catalog = lazily(async () => {
    const opened = openThrowAwayCatalog({ app, definition, target: await target.get(), redactor, now: Date.now });
    // What is wrong with the target or the app's files is told to each who asks.
    await opened.update().catch(() => undefined);
    return opened;
  });
  const discard = () => {
    if (dir !== undefined) rmSync(dir, { recursive: true, force: true });
  };
  const lender = sandboxes((path) => openSandbox({ file: path, ...(tables && { tables }) }));
  return {
    target: target.get,
    lend: async () => lender.lend(await target.get()),
    catalog: catalog.get,
    async close() {
      lender.close();
      await (await catalog.made()?.catch(() => undefined))?.close();
      await target.made()?.catch(() => undefined);
      discard();
    },
    discard,
  };
}

export interface CatalogAbout {
  readonly app: App;
  readonly definition: WorkspaceDefinition;
  /** Absolute path of the target database. */
  readonly target: string;
  readonly redactor: Redactor;
  now(): number;
}

/** A catalog that is gone with the process. */
export function openThrowAwayCatalog({ app, definition, target, redactor, now }: CatalogAbout): OpenCatalog {
  return openCatalog({
    file: ':memory:',
    ensureSchema: true,
    target,
    tables: definition.dataEnvironment.targetDatabase.tables,
    declaration: app.catalog,
    keepCurrent: true,
    redactor,
    now,
  });
}

/** @throws HarnessError `disk-unavailable` */
export function temporaryFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'harness-'));
  } catch (thrown) {
    throw new HarnessError('disk-unavailable', `no temporary folder can be made in ${tmpdir()}`, {
      hint: 'check its permissions and the space on its disk, or set TMPDIR',
      cause: thrown,
    });
  }
}

/** Made once; after a failure whoever asks next tries again. */
function lazily<T>(make: () => Promise<T>): { get(): Promise<T>; made(): Promise<T> | undefined } {
  let made: Promise<T> | undefined;
  return {
    get: () => {
      const making = made ?? make();
      made = making;
      making.catch(() => {
        if (made === making) made = undefined;
      });
      return making;
    },
    made: () => made,
  };
}

interface Lent {
  readonly database: TargetDatabase;
  users: number;
}

/**
 * Each sandbox runs one statement at a time, in a process that takes long to start: there are as many as can work at
 * the same time, and who reads gets the one with the fewest others.
 */
function sandboxes(open: (path: string) => TargetDatabase): { lend(path: string): Loan; close(): void } {
  const most = availableParallelism();
  const all: Lent[] = [];
  const choose = (path: string): Lent => {
    const least = all.toSorted((a, b) => a.users - b.users)[0];
    if (least && (least.users === 0 || all.length >= most)) return least;
    const lent = { database: open(path), users: 0 };
    all.push(lent);
    return lent;
  };
  return {
    lend(path) {
      const lent = choose(path);
      lent.users += 1;
      return {
        database: lent.database,
        giveBack: () => {
          lent.users -= 1;
        },
      };
    },
    close() {
      for (const { database } of all) database.close();
    },
  };
}
