import type { App } from '../config/app.ts';
import { endingOfCall } from '../core/ending.ts';
import { type ExitCode, exits, HarnessError } from '../core/errors.ts';
import type { Event } from '../core/event.ts';
import { suggest } from '../core/nearest.ts';
import type { RunSummary } from '../core/ports.ts';
import { visible } from '../core/text.ts';
import { openRecords, peekRecords, type Records } from '../runtime/records.ts';
import { clip, note, print, printJson, table } from './console.ts';
import { loadForUse } from './load.ts';
import { selectApp } from './select.ts';
import { decidedLine, nextOf } from './ways-on.ts';

export interface RecordOptions {
  readonly app?: string;
  readonly workspace?: string;
  readonly json?: boolean;
  readonly limit?: number;
}

/** `harness runs list`: newest first. */
export async function listRuns(options: RecordOptions): Promise<ExitCode> {
  return withRecords(options, (_app, records) => {
    const limit = options.limit ?? 20;
    const runs = records
      .flatMap(({ workspace, store }) =>
        store.runs({ limit }).map((run) => {
          const next = nextOf(run, store, options.app);
          return { workspace, ...run, ...(next !== undefined && { next }) };
        }),
      )
      .sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1))
      .slice(0, limit);
    if (options.json) printJson({ runs });
    else if (runs.length === 0) print('no runs yet');
    else printRuns(runs);
    return exits.ok;
  });
}

/** A run with what a person can do next about it, where that is to go on with it. */
type ListedRun = RunSummary & { readonly workspace: string; readonly next?: string };

function printRuns(runs: readonly ListedRun[]): void {
  const head = ['RUN', 'WORKSPACE', 'STARTED', 'STATUS', 'AGENT', 'EVENTS', 'PROMPT'];
  const rows = runs.map((run) => [
    run.runId,
    run.workspace,
    when(run.startedAt),
    run.status,
    run.agent,
    `${run.events}`,
    clip(run.prompt, 60),
  ]);
  for (const line of table([head, ...rows])) print(line);
  for (const { runId, next } of runs) {
    if (next !== undefined) note(decidedLine(runId, next));
  }
}

/** `harness runs show <run>`: every event. A run is named by its id, the start of its id, or `last`. */
export async function showRun(id: string, options: RecordOptions): Promise<ExitCode> {
  return withRecords(options, (_app, records) => {
    const { store, run, workspace } = findRun(id, records);
    const events = store.events(run.runId);
    const next = nextOf(run, store, options.app);
    if (options.json) {
      printJson({ ...run, workspace, ...(next !== undefined && { next }), events });
      return exits.ok;
    }
    print(`run ${run.runId}  ${run.status}  workspace ${workspace}  session ${run.session}  ${when(run.startedAt)}`);
    print(`prompt: ${visible(run.prompt)}`);
    if (next !== undefined) note(`it is decided, and goes on with: ${next}`);
    const start = Date.parse(run.startedAt);
    for (const line of table(events.map((event) => eventRow(event, start)))) print(line);
    return exits.ok;
  });
}

export async function withRecords(
  options: RecordOptions,
  work: (app: App, records: readonly Records[]) => ExitCode | Promise<ExitCode>,
  { settle = true } = {},
): Promise<ExitCode> {
  const { app } = await loadForUse(selectApp(options.app));
  const records = settle ? await openRecords(app, options.workspace) : peekRecords(app, options.workspace);
  try {
    return await work(app, records);
  } finally {
    for (const { store } of records) store.close();
  }
}

/** The run that a word names, with the record that holds it. @throws HarnessError `unknown-name` */
export function findRun(id: string, records: readonly Records[]): Records & { readonly run: RunSummary } {
  const all = records
    .flatMap((record) => record.store.runs().map((run) => ({ ...record, run })))
    .sort((a, b) => (a.run.startedAt < b.run.startedAt ? 1 : -1));
  const [newest] = all;
  if (id === 'last' && newest) return newest;
  const exact = all.find(({ run }) => run.runId === id);
  if (exact) return exact;
  const starting = all.filter(({ run }) => run.runId.startsWith(id));
  const [only] = starting;
  if (only && starting.length === 1) return only;
  const ids = all.map(({ run }) => run.runId);
  const hint =
    starting.length > 1 ? 'more than one run starts like that' : (suggest(id, ids.slice(0, 50)) ?? 'harness runs list');
  throw new HarnessError('unknown-name', `there is no run "${id}"`, { hint });
}

/** Local time to the second. */
export function when(iso: string): string {
  const at = new Date(iso);
  const two = (part: number) => String(part).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

function eventRow(event: Event, start: number): string[] {
  const depth = '  '.repeat(event.span.split('.').length - 1);
  const offset = `+${((Date.parse(event.at) - start) / 1000).toFixed(3)}s`;
  return [`${event.seq}`, offset, `${depth}${event.agent}`, event.type, clip(gist(event), 100)];
}

function gist(event: Event): string {
  switch (event.type) {
    case 'run.started':
    case 'agent.started':
      return event.data.prompt;
    case 'step.finished':
      return [event.data.step.text, ...event.data.step.calls.map((call) => `→ ${call.tool}`)].filter(Boolean).join(' ');
    case 'tool.called':
      return `${event.data.call.tool} ${JSON.stringify(event.data.call.args)}`;
    case 'tool.finished': {
      const { outcome, tool } = event.data;
      return `${tool} ${outcome.ok ? JSON.stringify(outcome.result) : `${endingOfCall(tool, outcome)}: ${outcome.error.message}`}`;
    }
    case 'action.started':
      return JSON.stringify(event.data.action);
    case 'action.finished':
      return `${event.data.result.status}: ${event.data.result.summary}`;
    case 'plan.executed':
      return `${event.data.planId} ${event.data.result.status}: ${event.data.result.summary}`;
    case 'agent.finished':
    case 'run.finished':
      return event.data.error?.message ?? event.data.answer;
    default:
      return JSON.stringify(event.data);
  }
}
