import type { TableInfo } from '../../core/catalog.ts';
import { ToolFailure } from '../../core/errors.ts';
import { suggest } from '../../core/nearest.ts';
import type { CatalogStore, StoredTable } from './store.ts';

/** The table of a name. @throws ToolFailure `unknown-table` with the nearest name. */
export function lookUpTable(store: CatalogStore, name: string): StoredTable {
  const found = store.table(name);
  if (found) return found;
  throw new ToolFailure('unknown-table', withHint(`there is no table "${clip(name)}"`, suggest(name, store.names())));
}

/** The exact name of a column. @throws ToolFailure `unknown-column` with the nearest name. */
export function lookUpColumn({ name: table, columns }: TableInfo, name: string): string {
  const wanted = name.toLowerCase();
  const found = columns.find((column) => column.name.toLowerCase() === wanted);
  if (found) return found.name;
  const names = columns.map((column) => column.name);
  const message = `the table "${table}" has no column "${clip(name)}"`;
  throw new ToolFailure('unknown-column', withHint(message, suggest(name, names)));
}

function withHint(message: string, hint: string | undefined): string {
  return hint === undefined ? message : `${message}; ${hint}`;
}

function clip(name: string): string {
  return name.length > 60 ? `${name.slice(0, 60)}…` : name;
}
