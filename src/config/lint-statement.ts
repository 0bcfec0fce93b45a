import { isActionTable } from '../core/action-table.ts';
import { suggest } from '../core/nearest.ts';
import { parametersIn, type SqlParameter } from '../core/sql-parameters.ts';
import { nameOf, type Token, tokens } from '../core/sql-text.ts';
import { clip, quote } from './words.ts';

/** Something wrong in a text. */
export interface Flaw {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

/**
 * What is wrong with the SQL of an action, as far as it shows without a database.
 * @param members names of the action's members; undefined when nobody can tell
 */
export function lintStatement(sql: string, members: readonly string[] | undefined, subject: string): Flaw[] {
  const invalid = (wrong: string, hint: string): Flaw => {
    return { code: 'invalid-sql', message: `the SQL of ${subject} ${wrong}`, hint };
  };
  const all = [...tokens(sql)];
  const form = sql.includes('\0') ? 'contains a NUL character' : formOf(sql, all);
  if (form !== undefined) return [invalid(form, 'an action is one INSERT, UPDATE, DELETE or REPLACE')];
  const own = all.find((token) => token.kind !== 'string' && isActionTable(nameOf(sql, token)));
  if (own) return [invalid(`names ${nameOf(sql, own)}`, 'that table is kept by Harness')];
  if (topWords(sql, all).includes('RETURNING')) {
    return [invalid('answers with rows', 'leave RETURNING out: the result of an action is how many rows it changed')];
  }
  const parameters = new Map(parametersIn(sql).map((each) => [each.sign + each.name + each.rest, each]));
  return [...parameters].flatMap(([written, parameter]) => {
    const hint = otherForm(parameter);
    if (hint !== undefined) return [invalid(`has the parameter ${quote(written)}`, hint)];
    if (members === undefined || members.includes(parameter.name)) return [];
    const known = members.filter((name) => /^[\w$\u0080-\uffff]+$/.test(name)).map((name) => `:${name}`);
    const message = `unknown parameter ${quote(written)} in the SQL of ${subject}`;
    return [{ code: 'unknown-parameter', message, hint: suggest(written, known) }];
  });
}

/** What is wrong with the sentence of an action. */
export function lintSummary(summary: string, members: readonly string[] | undefined, subject: string): Flaw[] {
  const names = new Set(Array.from(summary.matchAll(/\{([^{}]*)\}/g), ([, name = '']) => name));
  return [...names].flatMap((name) => {
    if (members === undefined || members.includes(name)) return [];
    const message = `unknown member ${quote(name)} in the summary of ${subject}`;
    return [{ code: 'unknown-member', message, hint: suggest(name, members) }];
  });
}

const verbs = ['INSERT', 'UPDATE', 'DELETE', 'REPLACE'];

/** Why a text is not one statement that changes rows. */
function formOf(sql: string, all: readonly Token[]): string | undefined {
  const [first] = all;
  if (first === undefined) return 'is empty';
  const semicolon = all.findIndex(({ kind }) => kind === 'semicolon');
  if (semicolon >= 0 && all.slice(semicolon).some(({ kind }) => kind !== 'semicolon')) {
    return 'is more than one statement';
  }
  const words = topWords(sql, all);
  const start = sql.slice(first.start, first.end);
  // What follows the tables of a WITH.
  const verb = words[0] === 'WITH' ? words.find((word) => [...verbs, 'SELECT', 'VALUES'].includes(word)) : words[0];
  if (verb !== undefined && verbs.includes(verb) && start.toUpperCase() === words[0]) return undefined;
  return words[0] === 'WITH' && verb !== undefined ? `is a ${verb}` : `starts with ${quote(clip(start, 40))}`;
}

/** Words outside of all brackets, in capitals. */
function topWords(sql: string, all: readonly Token[]): string[] {
  let depth = 0;
  const words: string[] = [];
  for (const { kind, start, end } of all) {
    const text = sql.slice(start, end);
    if (text === '(') depth += 1;
    else if (text === ')') depth -= 1;
    else if (kind === 'word' && depth === 0) words.push(text.toUpperCase());
  }
  return words;
}

/** How to write a parameter that is not `:name`. */
function otherForm({ sign, name, rest }: SqlParameter): string | undefined {
  if (sign !== ':') return `write ${/^[A-Za-z_]/.test(name) ? `:${name}` : ':name'}, after a member of the action`;
  if (rest === '') return undefined;
  return `write :${name} ->> '${rest.length > 1 ? rest.slice(1) : 'member'}': an object is bound as JSON text`;
}
