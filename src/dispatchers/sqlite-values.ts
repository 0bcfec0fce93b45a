import type { Json } from '../core/json.ts';
import type { Action } from '../core/plan.ts';
import { parametersIn } from '../core/sql-parameters.ts';
import { beginning } from '../core/text.ts';

/** What is bound to a parameter. */
type Value = null | number | bigint | string;

/** The action's members that a statement speaks of, as SQL has them. What is absent is NULL. */
export function valuesOf(sql: string, action: Action): Readonly<Record<string, Value>> {
  return Object.fromEntries(parametersIn(sql).map(({ name }) => [name, boundTo(memberOf(action, name))]));
}

/** Whole numbers are bound as integers: in a column of text, 12 would otherwise become 12.0. */
function boundTo(value: Json | undefined): Value {
  if (value === undefined || value === null) return null;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A sentence with the action's members in the place of their names. */
export function summaryOf(template: string, action: Action): string {
  return template.replace(/\{([^{}]*)\}/g, (_text, name: string) => shown(memberOf(action, name)));
}

const longest = 120;

function shown(value: Json | undefined): string {
  if (value === undefined || value === null) return 'NULL';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > longest ? `${beginning(text, longest - 1)}…` : text;
}

function memberOf(action: Action, name: string): Json | undefined {
  return Object.hasOwn(action, name) ? action[name] : undefined;
}
