import { ToolFailure } from '../core/errors.ts';

/** A statement that is not let through: what is wrong with it, and what would be right. */
export function refused(reason: string, rule: string = theRule): ToolFailure {
  return new ToolFailure('query-refused', `${reason}; ${rule}`);
}

/** A database that nothing can be read from at the moment, and why. */
export function unavailable(reason: string): ToolFailure {
  return new ToolFailure('database-unavailable', `the target database cannot be read: ${reason}`);
}

/** A table that SQLite makes up itself, and that is kept from agents. */
export function unreadable(table: string): ToolFailure {
  return refused(`${table} cannot be read`, 'the schema is in sqlite_schema (columns type, name, tbl_name, sql)');
}

const theRule = 'allowed is one statement that reads: SELECT, WITH … SELECT or VALUES. The database is read-only';
