import { nameOf, type Token, tokens } from './sql-text.ts';

/** A place in a SQL text that a value is bound to. */
export interface SqlParameter {
  /** `:` for the only form that is bound by name everywhere; also `@`, `$` and `?`. */
  readonly sign: string;
  /** Without its sign; empty for a bare `?`. */
  readonly name: string;
  /** What it is a part of when a dot follows it: `.city` of `:address.city`. Nothing that SQLite understands. */
  readonly rest: string;
}

/** The parameters of a SQL text in their order, each as often as it is written. */
export function parametersIn(sql: string): SqlParameter[] {
  const all = [...tokens(sql)];
  return all.flatMap((token, at) => {
    const sign = token.kind === 'other' ? sql.slice(token.start, token.end) : '';
    if (!signs.includes(sign) || sign === '') return [];
    const named = adjacent(token, all[at + 1]);
    const name = named && isName(sql, named) ? nameOf(sql, named) : '';
    if (name === '' && sign !== '?') return [];
    return [{ sign, name, rest: restOf(sql, all, at + 2) }];
  });
}

const signs = ':@$?';

function adjacent(token: Token, next: Token | undefined): Token | undefined {
  return next?.start === token.end ? next : undefined;
}

/** A parameter may be called by a number too. */
function isName(sql: string, { kind, start }: Token): boolean {
  return kind === 'word' || (kind === 'other' && /\d/.test(sql[start] ?? ''));
}

function restOf(sql: string, all: readonly Token[], at: number): string {
  const [before, dot, member] = all.slice(at - 1, at + 2);
  const isPart = before && dot && sql.slice(dot.start, dot.end) === '.' && adjacent(before, dot) === dot;
  if (!isPart) return '';
  return member && adjacent(dot, member) === member ? sql.slice(dot.start, member.end) : '.';
}
