import { HarnessError, ToolFailure } from '../../core/errors.ts';
import type { Handle } from '../../core/handles.ts';
import type { Json } from '../../core/json.ts';
import type { Clock, QueryResult, TargetDatabase } from '../../core/ports.ts';
import type { ReadRequest, ResultOrigin, ResultSearch, Results } from '../../core/results.ts';
import type { ResultsConfig } from '../../generated/config.ts';
import { openSandbox } from '../sandbox.ts';
import { handleOf, withoutHandle } from './admit.ts';
import { isExpired } from './keep.ts';
import { cutLayout, type Layout, layoutOf, TooDeep } from './layout.ts';
import { count } from './outline.ts';
import { partAt, partsOf, readPage, wholeValue } from './read.ts';
import { searchEntry } from './search.ts';
import { isLargerThan, isTooDeep } from './size.ts';
import type { Entry, Kv } from './store.ts';

/** What the large values of one session are made with. */
export interface ResultsSetup {
  readonly session: string;
  /** Sessions whose conversation this one took over: their values can be read too. */
  readonly inherited?: ReadonlySet<string>;
  readonly config: ResultsConfig;
  readonly clock: Clock;
  /** The kv database, created when it is not there. @throws HarnessError */
  open(): Kv;
  /** The kv database if it is there. @throws HarnessError */
  existing(): Kv | undefined;
}

/** The large values of one session. */
export interface SessionResults extends Results {
  close(): void;
}

export function sessionResults(setup: ResultsSetup): SessionResults {
  return new StoredResults(setup);
}

class StoredResults implements SessionResults {
  readonly #setup: ResultsSetup;
  #sandbox: TargetDatabase | undefined;

  constructor(setup: ResultsSetup) {
    this.#setup = setup;
  }

  async admit(value: Json, origin: ResultOrigin): Promise<Json> {
    const { config } = this.#setup;
    const policy = Object.hasOwn(config.store, origin.tool) ? config.store[origin.tool] : 'auto';
    const preview = { ...config.preview, chars: Math.min(config.preview.chars, config.inlineMax) };
    if (policy === 'never' && !isTooDeep(value)) return value;
    if (policy === 'auto' && !isLargerThan(value, config.inlineMax)) return value;
    try {
      const layout = layoutOf(value);
      return handleOf(await this.#store(layout, origin), layout, value, preview);
    } catch (thrown) {
      if (thrown instanceof TooDeep) return withoutHandle(value, 'it is nested too deep to be stored', preview);
      if (!(thrown instanceof HarnessError)) throw thrown;
      return withoutHandle(value, `it could not be stored, ${thrown.message}`, preview);
    }
  }

  async resolve({ result, path }: Handle, session?: string): Promise<Json> {
    const { kv, entry } = this.#find(result, session);
    if (entry.cut) {
      const message = `only the beginning of ${result} was stored, so that it cannot stand for the whole; ask for less`;
      throw new ToolFailure('cut-result', message);
    }
    const parts = partsOf(entry, path);
    return parts.length > 0 ? partAt(kv, entry, parts) : wholeValue(kv, entry);
  }

  async read({ result, offset = 0, limit, path = '' }: ReadRequest): Promise<Json> {
    const { kv, entry } = this.#find(result);
    return readPage(kv, entry, path, { offset, limit, maxBytes: this.#setup.config.inlineMax });
  }

  async search({ result, query, limit }: ResultSearch): Promise<Json> {
    const { kv, entry } = this.#find(result);
    const found = await searchEntry(kv, entry, query, limit);
    const matches: Json[] = [];
    let left = this.#setup.config.inlineMax;
    for (const match of found.matches) {
      left -= Buffer.byteLength(JSON.stringify(match)) + 1;
      if (left < 0) break;
      matches.push(match);
    }
    return { result, ...found, matches };
  }

  async query(sql: string, signal: AbortSignal): Promise<Json> {
    const kv = this.#setup.existing();
    if (!kv || this.#tables(kv).length === 0) throw nothingStored();
    this.#sandbox ??= openSandbox({ file: kv.file, tables: () => this.#tables(kv) });
    const limits = { maxRows: mostRows, maxBytes: this.#setup.config.maxBytes };
    try {
      return answer(await this.#sandbox.query(sql, limits, signal));
    } catch (thrown) {
      throw explain(thrown, sql);
    }
  }

  close(): void {
    this.#sandbox?.close();
  }

  async #store(layout: Layout, origin: ResultOrigin): Promise<Entry> {
    const { session, clock, config, open } = this.#setup;
    const { maxTotalBytes } = config;
    const limits = { maxTotalBytes, maxBytes: Math.min(config.maxBytes, maxTotalBytes) };
    const kept = fittingLayout(layout, limits.maxBytes);
    return open().insert(kept, { ...origin, session, storedMs: clock.now() }, limits);
  }

  #find(result: string, session = this.#setup.session): { readonly kv: Kv; readonly entry: Entry } {
    const { existing, config, clock } = this.#setup;
    const number = Number(/^r-([1-9]\d{0,14})$/.exec(result)?.[1]);
    const kv = existing();
    const entry = kv?.get(number);
    if (!kv || !(entry || (number && kv.wasGiven(number)))) throw unknownResult(result, kv?.list(session) ?? []);
    if (!entry) throw new ToolFailure('expired-result', `${result} is not kept any more; ${again}`);
    const mine = session === this.#setup.session && this.#setup.inherited?.has(entry.session);
    if (entry.session !== session && !mine)
      throw new ToolFailure('foreign-result', `${result} belongs to another session; ${again}`);
    if (isExpired(entry, config.keep, clock.now())) {
      throw new ToolFailure('expired-result', `${result} has expired, results are kept for ${config.keep}; ${again}`);
    }
    return { kv, entry };
  }

  #tables(kv: Kv): readonly string[] {
    const { session, inherited = [], config, clock } = this.#setup;
    const now = clock.now();
    const all = [...new Set([session, ...inherited])].flatMap((each) => kv.list(each));
    const entries = all.filter((entry) => !isExpired(entry, config.keep, now));
    return entries.map((entry) => entry.table);
  }
}

const again = 'call the tool again that gave it';

/** The most rows that one result_query may give. */
const mostRows = 100_000;

/** A value of one row that is too large keeps its beginning, as text. */
function fittingLayout(layout: Layout, maxBytes: number): Layout {
  if (layout.kind === 'table' || layout.kind === 'list') return layout;
  const { cells, bytes } = layout.row(0);
  if (bytes + overhead <= maxBytes) return layout;
  const text = String(cells[0]);
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxBytes - overhead));
  return cutLayout(text.slice(0, read));
}

const overhead = 32;

function answer({ columns, rows, truncated }: QueryResult): Json {
  const whole = { columns, rows, rowCount: rows.length };
  if (truncated === undefined) return whole;
  return { ...whole, truncated, note: `There are more rows than these ${count(rows.length, 'row')}.` };
}

/** Says of the stored results what the sandbox says of a target database. */
function explain(thrown: unknown, sql: string): unknown {
  if (!(thrown instanceof ToolFailure)) return thrown;
  const { code, message } = thrown;
  const handle = code === 'query-failed' ? /\br-\d+/.exec(sql)?.[0] : undefined;
  const hint = handle === undefined ? '' : `; the table of ${handle} is ${handle.replace('-', '_')}`;
  return new ToolFailure(
    code,
    message
      .replace('the target database', 'the stored results')
      .replace('a table that this workspace does not expose', 'something else than the stored results of this session')
      .replace('the exposed tables', 'the tables of these results') + hint,
  );
}

function nothingStored(): ToolFailure {
  return new ToolFailure('unknown-result', 'no result is stored in this session yet');
}

function unknownResult(result: string, entries: readonly Entry[]): ToolFailure {
  const known = entries.slice(-10).map((entry) => entry.result);
  const hint = known.length === 0 ? 'no result is stored in this session yet' : `stored are ${known.join(', ')}`;
  return new ToolFailure('unknown-result', `there is no stored result ${JSON.stringify(result.slice(0, 40))}; ${hint}`);
}
