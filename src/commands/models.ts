import type { App } from '../config/app.ts';
import { type ExitCode, exits } from '../core/errors.ts';
import { factsAsOf, factsOf, knownModels, type Price, priceAt } from '../interpreters/models.ts';
import { hasKey } from '../runtime/keys.ts';
import { note, print, printJson, table } from './console.ts';
import { loadForUse } from './load.ts';
import { selectApps } from './select.ts';

export interface ModelsOptions {
  readonly json?: boolean;
}

/** One model. Null is what is not known. */
interface Row {
  readonly app: string | null;
  readonly name: string | null;
  readonly provider: string | null;
  readonly id: string;
  readonly keySet: boolean | null;
  readonly contextWindow: number | null;
  readonly maxOutputTokens: number | null;
  /** Dollars for a million tokens. */
  readonly price: Price | null;
}

/** `harness models [app]`: the models of apps, and others that are known, with what they take and cost. */
export async function models(word: string | undefined, options: ModelsOptions): Promise<ExitCode> {
  const now = new Date().toISOString();
  const apps: App[] = [];
  for (const dir of selectApps(word)) apps.push((await loadForUse(dir)).app);
  const used = apps.flatMap((app) => rowsOf(app, now));
  const others = Object.keys(knownModels).filter((id) => !used.some((row) => row.id === id));
  const rows = [
    ...used,
    ...others.map((id) => rowOf({ app: null, name: null, provider: null, keySet: null, id }, now)),
  ];
  if (options.json) printJson({ asOf: factsAsOf, models: rows });
  else printRows(rows);
  return exits.ok;
}

function rowsOf(app: App, now: string): Row[] {
  return Object.entries(app.models).map(([name, { provider, id }]) =>
    rowOf({ app: app.name, name, provider, id, keySet: hasKey(app, provider, process.env) }, now),
  );
}

function rowOf(model: Pick<Row, 'app' | 'name' | 'provider' | 'id' | 'keySet'>, now: string): Row {
  const facts = factsOf(model.id);
  return {
    ...model,
    contextWindow: facts?.contextWindow ?? null,
    maxOutputTokens: facts?.maxOutputTokens ?? null,
    price: priceAt(model.id, now) ?? null,
  };
}

function printRows(rows: readonly Row[]): void {
  const head = ['MODEL', 'ID', 'APP', 'KEY', 'CONTEXT', 'OUTPUT', '$ IN', '$ OUT', '$ WRITE', '$ READ', ''];
  const lines = rows.map(({ app, name, id, keySet, contextWindow, maxOutputTokens, price }) => [
    name ?? '-',
    id,
    app ?? '-',
    keySet === null ? '-' : keySet ? 'set' : 'missing',
    tokens(contextWindow),
    tokens(maxOutputTokens),
    dollars(price?.input),
    dollars(price?.output),
    dollars(price?.cacheWrite),
    dollars(price?.cacheRead),
    longNote(price),
  ]);
  for (const line of table([head, ...lines])) print(line);
  note(`$ for a million tokens: input, output, written to the cache, read from it; as of ${factsAsOf}`);
}

function tokens(count: number | null): string {
  if (count === null) return 'unknown';
  return count >= 1_000_000 ? `${count / 1_000_000}M` : `${count / 1000}K`;
}

function dollars(price: number | undefined): string {
  return price === undefined ? 'unknown' : String(price);
}

function longNote(price: Price | null): string {
  return price?.long ? `x ${price.long.times} above ${tokens(price.long.above)} input` : '';
}
