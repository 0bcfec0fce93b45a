import type { ColumnInfo, TableInfo } from '../../core/catalog.ts';

/** A name as SQL takes it, whatever is in it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Longest text that is taken out of a row, in characters. */
const maxValueLength = 200;

/**
 * What to select of a column: its value, and of a long text or a blob a short blob instead, so that no row is large.
 * `cutText` reads it.
 */
export function clipped(column: string): string {
  const value = quoted(column);
  const cut = `CAST(length(${value}) || ':' || substr(${value}, 1, ${maxValueLength}) AS BLOB)`;
  return `CASE WHEN typeof(${value}) = 'blob' THEN x'' WHEN length(${value}) > ${maxValueLength} THEN ${cut} ELSE ${value} END`;
}

/** What stands for a long text: its beginning and its length in characters. Undefined for a blob. */
export function cutText(value: Uint8Array): { readonly start: string; readonly length: number } | undefined {
  if (value.byteLength === 0) return undefined;
  const text = Buffer.from(value).toString();
  const colon = text.indexOf(':');
  return { start: text.slice(colon + 1), length: Number(text.slice(0, colon)) };
}

/** The name by which rows can be asked for by their number, if the table has such numbers. */
export function rowidOf(table: Pick<TableInfo, 'kind' | 'columns'>, withoutRowid: boolean): string | undefined {
  if (table.kind !== 'table' || withoutRowid) return undefined;
  const taken = new Set(table.columns.map(({ name }) => name.toLowerCase()));
  return ['rowid', '_rowid_', 'oid'].find((name) => !taken.has(name));
}

export type Affinity = 'integer' | 'text' | 'real' | 'numeric' | 'none';

/** How SQLite stores what is put into a column of a declared type: its own rules, in its order. */
export function affinityOf({ type }: Pick<ColumnInfo, 'type'>): Affinity {
  const word = type.toUpperCase();
  if (word.includes('INT')) return 'integer';
  if (/CHAR|CLOB|TEXT/.test(word)) return 'text';
  if (word === '' || word.includes('BLOB')) return 'none';
  return /REAL|FLOA|DOUB/.test(word) ? 'real' : 'numeric';
}

/** A name as people write it in SQL: in quotes only where it needs them. */
export function named(name: string): string {
  return /^[a-z_][a-z0-9_]*$/i.test(name) && !keywords.has(name.toUpperCase()) ? name : quoted(name);
}

/** SQLite takes no bare name that is one of these everywhere. */
const keywords: ReadonlySet<string> = new Set(
  (
    'ABORT ACTION ADD AFTER ALL ALTER ALWAYS ANALYZE AND AS ASC ATTACH AUTOINCREMENT BEFORE BEGIN BETWEEN BY CASCADE ' +
    'CASE CAST CHECK COLLATE COLUMN COMMIT CONFLICT CONSTRAINT CREATE CROSS CURRENT CURRENT_DATE CURRENT_TIME ' +
    'CURRENT_TIMESTAMP DATABASE DEFAULT DEFERRABLE DEFERRED DELETE DESC DETACH DISTINCT DO DROP EACH ELSE END ESCAPE ' +
    'EXCEPT EXCLUDE EXCLUSIVE EXISTS EXPLAIN FAIL FILTER FIRST FOLLOWING FOR FOREIGN FROM FULL GENERATED GLOB GROUP ' +
    'GROUPS HAVING IF IGNORE IMMEDIATE IN INDEX INDEXED INITIALLY INNER INSERT INSTEAD INTERSECT INTO IS ISNULL JOIN ' +
    'KEY LAST LEFT LIKE LIMIT MATCH MATERIALIZED NATURAL NO NOT NOTHING NOTNULL NULL NULLS OF OFFSET ON OR ORDER ' +
    'OTHERS OUTER OVER PARTITION PLAN PRAGMA PRECEDING PRIMARY QUERY RAISE RANGE RECURSIVE REFERENCES REGEXP REINDEX ' +
    'RELEASE RENAME REPLACE RESTRICT RETURNING RIGHT ROLLBACK ROW ROWS SAVEPOINT SELECT SET TABLE TEMP TEMPORARY THEN ' +
    'TIES TO TRANSACTION TRIGGER UNBOUNDED UNION UNIQUE UPDATE USING VACUUM VALUES VIEW VIRTUAL WHEN WHERE WINDOW ' +
    'WITH WITHOUT'
  ).split(' '),
);
