import { stringify } from 'yaml';
import { aboutSubject } from '../core/approval-subject.ts';
import { type ExitCode, exits, HarnessError } from '../core/errors.ts';
import type { Decision, Event, EventOf } from '../core/event.ts';
import { suggest } from '../core/nearest.ts';
import type { RunSummary } from '../core/ports.ts';
import { visible } from '../core/text.ts';
import { isNothing, type Spent, spendingOf } from '../core/usage.ts';
import { costOf } from '../interpreters/models.ts';
import { forkOfSession } from '../run/session.ts';
import type { Records } from '../runtime/records.ts';
import { saidOf } from './approval-words.ts';
import { clip, print, printJson, table } from './console.ts';
import { type RecordOptions, when, withRecords } from './runs.ts';
import { spentLine } from './spent.ts';

/** A conversation of runs, oldest first. */
interface Session {
  readonly session: string;
  readonly workspace: string;
  readonly store: Records['store'];
  readonly runs: readonly RunSummary[];
}

/** `harness sessions list`: newest first, by their last run. */
export async function listSessions(options: RecordOptions): Promise<ExitCode> {
  return withRecords(
    options,
    (_app, records) => {
      const sessions = sessionsOf(records)
        .slice(0, options.limit ?? 20)
        .map(summary);
      if (options.json) {
        printJson({ sessions });
      } else if (sessions.length === 0) {
        print('no sessions yet');
      } else {
        const rows = sessions.map((each) => [
          each.session,
          each.workspace,
          `${each.runs}`,
          when(each.startedAt),
          when(each.lastAt),
          each.status,
          clip(each.prompt, 60),
        ]);
        for (const line of table([['SESSION', 'WORKSPACE', 'RUNS', 'STARTED', 'LAST', 'STATUS', 'PROMPT'], ...rows]))
          print(line);
      }
      return exits.ok;
    },
    peek,
  );
}

/** `harness sessions show <session>`: its prompts and answers, plans and approvals. */
export async function showSession(id: string, options: RecordOptions): Promise<ExitCode> {
  return withRecords(
    options,
    (_app, records) => {
      const session = findSession(id, records);
      if (options.json) {
        printJson(wholeOf(session));
        return exits.ok;
      }
      const whole = wholeOf(session);
      print(headLine(whole));
      for (const line of whole.runs.flatMap(runLines)) print(line);
      print('');
      print(spentLine(whole.usage));
      return exits.ok;
    },
    peek,
  );
}

function runLines(run: Whole['runs'][number]): string[] {
  return [
    '',
    `run ${run.runId}  ${run.status}  agent ${run.agent}  ${when(run.startedAt)}`,
    visible(`> ${run.prompt}`),
    ...run.plans.map((plan) => visible(`plan ${plan.planId} version ${plan.version}: ${plan.status}`)),
    ...run.approvals.map((each) => visible(`approval ${each.approval}: ${decisionText(each)}`)),
    visible(run.error === undefined ? run.answer : `error ${run.error.code}: ${run.error.message}`),
  ];
}

function headLine({ session, workspace, runs, forkedFrom }: Whole): string {
  const fork = forkedFrom === undefined ? '' : `  fork of run ${forkedFrom}`;
  return `session ${session}  workspace ${workspace}  ${runs.length} ${runs.length === 1 ? 'run' : 'runs'}${fork}`;
}

/** `harness sessions export <session> --format md|json`: all of it, to keep or to send. */
export async function exportSession(
  id: string,
  options: RecordOptions & { readonly format: 'md' | 'json' },
): Promise<ExitCode> {
  return withRecords(
    options,
    (_app, records) => {
      print(exportText(id, records, options.json ? 'json' : options.format));
      return exits.ok;
    },
    peek,
  );
}

/** All of a session as a text. @throws HarnessError `unknown-name` */
export function exportText(id: string, records: readonly Records[], format: 'md' | 'json'): string {
  const session = findSession(id, records);
  if (format === 'md') return visible(markdownOf(wholeOf(session)));
  const events = session.runs.flatMap(({ runId }) => session.store.events(runId));
  return JSON.stringify({ ...wholeOf(session), events }, null, 2);
}

/** Looking at a conversation changes nothing. */
const peek = { settle: false };

function sessionsOf(records: readonly Records[]): readonly Session[] {
  const sessions = new Map<string, Session & { readonly runs: RunSummary[] }>();
  for (const { workspace, store } of records) {
    for (const run of store.runs()) {
      const key = `${workspace} ${run.session}`;
      const known = sessions.get(key) ?? { session: run.session, workspace, store, runs: [] };
      known.runs.unshift(run);
      sessions.set(key, known);
    }
  }
  const last = ({ runs }: Session) => runs.at(-1)?.startedAt ?? '';
  return [...sessions.values()].sort((a, b) => (last(a) < last(b) ? 1 : -1));
}

function summary({ session, workspace, runs }: Session) {
  const first = runs[0];
  const last = runs.at(-1);
  return {
    session,
    workspace,
    runs: runs.length,
    startedAt: first?.startedAt ?? '',
    lastAt: last?.finishedAt ?? last?.startedAt ?? '',
    status: last?.status ?? 'open',
    prompt: first?.prompt ?? '',
  };
}

function findSession(id: string, records: readonly Records[]): Session {
  const all = sessionsOf(records);
  const [newest] = all;
  if (id === 'last' && newest) return newest;
  const exact = all.find(({ session }) => session === id);
  if (exact) return exact;
  const starting = all.filter(({ session, runs }) => session.startsWith(id) || runs.some(({ runId }) => runId === id));
  const [only] = starting;
  if (only && starting.length === 1) return only;
  const ids = all.map(({ session }) => session).slice(0, 50);
  throw new HarnessError('unknown-name', `there is no session "${id}"`, {
    hint: only ? 'more than one session starts like that' : (suggest(id, ids) ?? 'harness sessions list'),
  });
}

/** A session with everything a reader wants to know of it. */
function wholeOf(session: Session) {
  const runs = session.runs.map((run) => runOf(run, session.store));
  const events = session.runs.flatMap(({ runId }) => session.store.events(runId));
  const forkedFrom = forkOfSession(session.store, session.session);
  const fork = forkedFrom === undefined ? {} : { forkedFrom };
  return { ...summary(session), ...fork, usage: spendingOf(events, costOf).total, runs };
}

type Whole = ReturnType<typeof wholeOf>;

function runOf(run: RunSummary, store: Records['store']) {
  const events = store.events(run.runId);
  const finished = events.findLast((event) => event.type === 'run.finished');
  const ended = run.finishedAt === null ? undefined : finished?.data;
  return {
    ...run,
    answer: ended?.answer ?? '',
    ...(ended?.error && { error: ended.error }),
    plans: plansOf(events, store),
    approvals: approvalsOf(events),
    usage: spendingOf(events, costOf).total,
  };
}

function plansOf(events: readonly Event[], store: Records['store']) {
  const touched = new Map<string, { readonly planId: string; readonly version: number }>();
  for (const event of events) {
    if (event.type !== 'plan.stored' && event.type !== 'plan.executing') continue;
    const { planId, version } = event.data;
    touched.set(`${planId} ${version}`, { planId, version });
  }
  return [...touched.values()].flatMap(({ planId, version }) => store.plan(planId, version) ?? []);
}

interface Approval {
  readonly approval: string;
  readonly agent: string;
  readonly subject: EventOf<'approval.requested'>['data']['subject'];
  readonly rule: string;
  readonly reason: string;
  readonly decision: Decision | null;
  readonly decidedBy: string | null;
  /** Who wanted to be asked again about what it allowed always. */
  readonly revokedBy: string | null;
}

function approvalsOf(events: readonly Event[]): Approval[] {
  const decided = new Map<string, EventOf<'approval.decided'>['data']>();
  const revoked = new Map<string, string>();
  for (const { type, data } of events) {
    if (type === 'approval.decided') decided.set(data.approval, data);
    if (type === 'grant.revoked') revoked.set(data.approval, data.by);
  }
  return events.flatMap((event) => {
    if (event.type !== 'approval.requested') return [];
    const { approval, subject, rule, reason } = event.data;
    const end = decided.get(approval);
    return [
      {
        approval,
        agent: event.agent,
        subject,
        rule,
        reason,
        decision: end?.decision ?? null,
        decidedBy: end?.by ?? null,
        revokedBy: revoked.get(approval) ?? null,
      },
    ];
  });
}

function decisionText({ subject, decision, decidedBy, revokedBy }: Approval): string {
  const about = aboutSubject(subject);
  if (decision === null) return `${about}, undecided`;
  const said = decision.kind === 'revise' ? decision.comment : decision.kind === 'reject' ? decision.reason : '';
  const end = revokedBy === null ? '' : `, revoked by ${revokedBy}`;
  return `${about}, ${saidOf(decision)} by ${decidedBy}${said === '' ? '' : `: ${said}`}${end}`;
}

function markdownOf(whole: Whole): string {
  const { session, workspace, startedAt, forkedFrom, runs, usage } = whole;
  const fork = forkedFrom === undefined ? [] : [`It goes on with the conversation up to run ${forkedFrom}.`];
  const about = [`Workspace ${workspace}, since ${startedAt}.`, ...fork, usageText(usage)].join(' ');
  return [`# Session ${session}`, '', about, ...runs.flatMap(runMarkdown)].join('\n').trimEnd();
}

function runMarkdown(run: Whole['runs'][number]): string[] {
  const lines = ['', `## ${run.runId}: ${run.status}`, '', quote(run.prompt)];
  for (const plan of run.plans) {
    lines.push('', `### Plan ${plan.planId}, version ${plan.version}: ${plan.status}`);
    lines.push('', fenced('yaml', stringify(plan.body).trimEnd()));
    if (plan.result) lines.push('', plan.result.summary);
  }
  if (run.approvals.length > 0) lines.push('', '### Approvals', '');
  for (const each of run.approvals) lines.push(`- ${each.approval}: ${decisionText(each)}`);
  lines.push('', run.error === undefined ? run.answer : `**${run.error.code}**: ${run.error.message}`);
  return lines;
}

function usageText(usage: Spent): string {
  return isNothing(usage) ? 'No model was asked.' : `${spentLine(usage)}.`;
}

function quote(text: string): string {
  return text.trimEnd().replace(/^/gm, '> ');
}

/** A fence that the text itself does not close. */
function fenced(language: string, text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}
