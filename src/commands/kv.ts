import type { App } from '../config/app.ts';
import { type ExitCode, exits } from '../core/errors.ts';
import { visible } from '../core/text.ts';
import { wholeValue } from '../data/kv/read.ts';
import type { Entry, Kv } from '../data/kv/store.ts';
import { findResult, type KvRecords, openKvRecords, removeResults } from '../runtime/kv-records.ts';
import { clip, print, printJson, table } from './console.ts';
import { loadForUse } from './load.ts';
import { type RecordOptions, when } from './runs.ts';
import { selectApp } from './select.ts';

/** `harness kv list`: stored results, newest first. */
export async function listResults(options: RecordOptions): Promise<ExitCode> {
  return withResults(options, (_app, records) => {
    const results = records
      .flatMap(({ workspace, kv }) => kv.list().map((entry) => ({ workspace, ...about(entry), entry })))
      .sort((a, b) => b.entry.storedMs - a.entry.storedMs || b.entry.number - a.entry.number);
    if (options.json) {
      printJson({ results: results.map(({ entry: _entry, ...result }) => result) });
    } else if (results.length === 0) {
      print('no stored results');
    } else {
      const rows = results.map(({ workspace, result, kind, rows: count, bytes, tool, session, storedAt }) => [
        result,
        workspace,
        kind,
        `${count}`,
        `${bytes}`,
        tool,
        session,
        when(storedAt),
      ]);
      for (const line of table([
        ['RESULT', 'WORKSPACE', 'KIND', 'ROWS', 'BYTES', 'TOOL', 'SESSION', 'STORED'],
        ...rows,
      ]))
        print(line);
    }
    return exits.ok;
  });
}

/** `harness kv show <result>`: what it is and how it begins; with `--json` all of it. */
export async function showResult(handle: string, options: RecordOptions): Promise<ExitCode> {
  return withResults(options, async (_app, records) => {
    const { workspace, kv, entry } = findResult(handle, records);
    if (options.json) {
      printJson({ workspace, ...about(entry), value: await wholeValue(kv, entry) });
      return exits.ok;
    }
    const { result, rows, bytes, tool, agent, runId, session, storedAt, cut } = entry;
    print(`result ${result}  ${about(entry).kind}  ${rows} rows  ${bytes} bytes  workspace ${workspace}`);
    print(`of ${tool}, for agent ${agent} in run ${runId}  session ${session}  stored ${when(storedAt)}`);
    if (cut) print('only its beginning was stored');
    printBeginning(kv, entry);
    return exits.ok;
  });
}

/** `harness kv clear [result…]`: removes these results, or all. */
export async function clearResults(handles: readonly string[], options: RecordOptions): Promise<ExitCode> {
  return withResults(options, async (app, records) => {
    const named = handles.map((handle) => findResult(handle, records));
    const chosen = ({ workspace, kv }: KvRecords) =>
      handles.length === 0 ? kv.list() : named.filter((each) => each.workspace === workspace).map(({ entry }) => entry);
    const removed: Removed[] = [];
    for (const record of records) {
      const entries = chosen(record);
      if (entries.length === 0) continue;
      await removeResults(app, record, entries);
      const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
      removed.push({ workspace: record.workspace, results: entries.map((entry) => entry.result), bytes });
    }
    if (options.json) printJson({ removed });
    else printRemoved(removed);
    return exits.ok;
  });
}

interface Removed {
  readonly workspace: string;
  readonly results: readonly string[];
  readonly bytes: number;
}

function printRemoved(removed: readonly Removed[]): void {
  if (removed.length === 0) print('no stored results');
  for (const { workspace, results, bytes } of removed) {
    print(`${workspace}: removed ${results.length} ${results.length === 1 ? 'result' : 'results'}, ${bytes} bytes`);
  }
}

function about({ number: _number, storedMs: _ms, kind, ...entry }: Entry) {
  return { ...entry, kind: kind === 'list' ? 'json' : kind };
}

const shownRows = 20;

function printBeginning(kv: Kv, entry: Entry): void {
  const rows = kv.rows(entry, 0, shownRows).map((row) => row.map((cell) => clip(String(cell ?? ''), 60)));
  if (entry.kind === 'table') {
    for (const line of table([entry.columns, ...rows])) print(line);
  } else {
    for (const [text] of kv.rows(entry, 0, shownRows)) print(visible(String(text).slice(0, 2000)));
  }
  if (entry.rows > shownRows) print(`… ${entry.rows - shownRows} more; --json gives all`);
}

async function withResults(
  options: RecordOptions,
  work: (app: App, records: readonly KvRecords[]) => ExitCode | Promise<ExitCode>,
): Promise<ExitCode> {
  const { app } = await loadForUse(selectApp(options.app));
  const records = openKvRecords(app, options.workspace);
  try {
    return await work(app, records);
  } finally {
    for (const { kv } of records) await kv.close();
  }
}
