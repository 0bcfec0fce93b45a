import type { Database } from 'better-sqlite3';
import { authorize, schemaReader } from '../authorize.ts';
import { gateStatement, gateText } from '../gate.ts';
import { identityOf, openReadOnly } from '../read-only.ts';
import { unavailable } from '../refusal.ts';
import { queryFailure } from '../sql-failure.ts';
import type { ChildSettings } from '../sql-protocol.ts';
import type { CatalogEnd, CatalogPart, CatalogRequest } from './child-protocol.ts';
import { inferKeys } from './infer-keys.ts';
import { type Inspected, inspectTables, sampleSource } from './inspect.ts';
import { profileTable } from './profile.ts';

/**
 * Answers the catalog's requests by lines of JSON, as `child-protocol.ts` says. There is no transaction around a
 * request: whoever writes to the database shall not wait for it.
 */
export function catalogRunner(
  settings: ChildSettings,
  write: (json: string) => void,
): (request: CatalogRequest) => void {
  const allowed = settings.tables && new Set(settings.tables.map((table) => table.toLowerCase()));
  let session: { readonly db: Database; readonly identity: string } | undefined;
  const open = (): Database => {
    const found = identityOf(settings.file);
    if ('wrong' in found) throw unavailable(found.wrong);
    if (session?.identity === found.identity) return session.db;
    session?.db.close();
    session = undefined;
    session = { ...found, db: openReadOnly(settings.file) };
    return session.db;
  };
  const say = (line: CatalogPart | CatalogEnd) => write(JSON.stringify(line));
  return (request) => {
    try {
      say(answer(open(), request, allowed, say));
    } catch (thrown) {
      const { code, message } = queryFailure(thrown, request.kind === 'check' ? request.sql : '');
      say({ error: { code, message } });
    }
  };
}

function answer(
  db: Database,
  request: CatalogRequest,
  allowed: ReadonlySet<string> | null,
  say: (part: CatalogPart) => void,
): CatalogEnd {
  switch (request.kind) {
    case 'version':
      return { done: 'version', version: versionOf(db) };
    case 'inspect': {
      const version = versionOf(db);
      inspect(db, allowed, say);
      return { done: 'inspect', version };
    }
    case 'profile': {
      const profile = profileTable(db, sampleSource(db, request.table), (looked) => say({ looked }));
      return { done: 'profile', profile };
    }
    case 'check':
      return { done: 'check', ...check(db, request.sql, allowed) };
  }
}

function versionOf(db: Database): number {
  return Number(db.pragma('schema_version', { simple: true }));
}

function inspect(db: Database, allowed: ReadonlySet<string> | null, say: (part: CatalogPart) => void): void {
  const all: Inspected[] = [];
  for (const table of inspectTables(db, allowed, (hidden) => say({ hidden }))) {
    all.push(table);
    say({ table });
    for (const key of table.keys) say({ key });
  }
  const sources = all.map(({ info, withoutRowid, keys }) => ({ table: info, withoutRowid, keys }));
  for (const key of inferKeys(db, sources)) say({ key });
}

/** Without running it: what a statement reads. */
function check(db: Database, sql: string, allowed: ReadonlySet<string> | null) {
  const schema = schemaReader(db)();
  try {
    gateText(sql);
    gateStatement(db.prepare(sql));
    const tables = authorize(db, sql, schema, null);
    return { tables, hidden: tables.filter((table) => !(allowed?.has(table.toLowerCase()) ?? true)) };
  } catch (thrown) {
    throw queryFailure(thrown, sql, { db, schema, allowed });
  }
}
