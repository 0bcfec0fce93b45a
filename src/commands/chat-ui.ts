import type { App } from '../config/app.ts';
import { type ExitCode, exits, HarnessError } from '../core/errors.ts';
import type { Decision, Event } from '../core/event.ts';
import type { Approver, Delta } from '../core/ports.ts';
import { secretProblems } from '../core/secret-problems.ts';
import { costOf, factsOf } from '../interpreters/models.ts';
import type { RunResult } from '../run/run.ts';
import { openRuntime, type Runtime, type RuntimeOptions } from '../runtime/build.ts';
import { redactorOf } from '../runtime/keys.ts';
import { type PreparedApp, prepareApp } from '../runtime/prepare.ts';
import type { ChatController, ChatFacts, ChatListener, RunEnd } from '../ui/controller.ts';
import { chatHistory } from './chat-history.ts';
import { mentionsOf } from './chat-mentions.ts';
import { colourOn, note } from './console.ts';
import type { SameAgain } from './ways-on.ts';
import { resumeCommand, waysOn } from './ways-on.ts';

/** A chat that has been made ready by the command line. */
export interface ChatRequest {
  readonly app: App;
  /** The agent that gets the prompts. */
  readonly agent: string;
  readonly runtime: Omit<RuntimeOptions, 'approver' | 'prepared'>;
  /** What stands in the editor at first. */
  readonly draft: string;
  readonly scripted: boolean;
  /** For a reader that speaks, or a terminal that cannot move its cursor. */
  readonly plain: boolean;
  readonly again: SameAgain;
}

/** Whether a chat can have the terminal: both its ends are one. */
export function hasTerminal(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true;
}

/** `harness chat [app]` in a terminal: until the person leaves it. */
export async function chatInTerminal(request: ChatRequest): Promise<ExitCode> {
  const { app, again } = request;
  const prepared = await prepareApp(app);
  const desk = approvalDesk();
  const runtime = await openRuntime(app, { ...request.runtime, prepared, approver: desk.approver });
  const controller = controllerOf(request, runtime, prepared, desk);
  try {
    const end = await converse(request, controller);
    if (end === 'forced') {
      // A second Ctrl-C waits for nothing.
      process.exit(exits.interrupted);
    }
    if (end?.status !== 'paused') return exits.ok;
    note(`paused: run ${end.runId}`);
    const pending = runtime.store.approvals({ pending: true }).filter(({ runId }) => runId === end.runId);
    for (const line of waysOn(end.runId, pending, again)) note(`  ${line}`);
    return exits.approval;
  } finally {
    await runtime.close();
  }
}

async function converse({ plain }: ChatRequest, controller: ChatController): Promise<RunEnd | 'forced' | undefined> {
  if (plain) return (await import('../ui/plain.ts')).plainChat(controller);
  return (await import('../ui/start.ts')).startChat(controller, { colours: colourOn(process.stdout), bell: true });
}

/** Approvals wait here until the person in the chat decides them. */
interface ApprovalDesk {
  readonly approver: Approver;
  decide(approval: string, answer: Decision | 'pause'): void;
  /** Whether any were waiting; all of them are paused. */
  pauseAll(): boolean;
}

function approvalDesk(): ApprovalDesk {
  const waiting = new Map<string, (answer: Decision | 'pause') => void>();
  const decide = (approval: string, answer: Decision | 'pause') => {
    waiting.get(approval)?.(answer);
  };
  return {
    approver: {
      decide: ({ approval }, signal) =>
        new Promise((resolve) => {
          const answered = (answer: Decision | 'pause') => {
            waiting.delete(approval);
            resolve(answer === 'pause' ? answer : { decision: answer, by: 'user' });
          };
          waiting.set(approval, answered);
          // It was decided elsewhere, or the run is over.
          signal?.addEventListener('abort', () => answered('pause'), { once: true });
        }),
    },
    decide,
    pauseAll: () => {
      const all = [...waiting.keys()];
      for (const approval of all) decide(approval, 'pause');
      return all.length > 0;
    },
  };
}

function controllerOf(
  { app, agent, draft, scripted, again, runtime: options }: ChatRequest,
  runtime: Runtime,
  { planChecks }: PreparedApp,
  desk: ApprovalDesk,
): ChatController {
  const listeners = new Set<ChatListener>();
  const sink = {
    event: (event: Event) => {
      for (const listener of listeners) listener.event(event);
    },
    delta: (delta: Delta) => {
      for (const listener of listeners) listener.delta(delta);
    },
  };
  let abort: AbortController | undefined;
  const play = async (start: (signal: AbortSignal) => Promise<RunResult>): Promise<RunEnd> => {
    abort = new AbortController();
    try {
      return endOf(await start(abort.signal), again);
    } finally {
      abort = undefined;
    }
  };
  const { resume } = options;
  return {
    facts: factsFor(app, agent, runtime, { draft, scripted }),
    earlier: earlierEvents(runtime, options),
    ...(resume !== undefined && { resume: () => play((signal) => runtime.resume({ runId: resume, signal, sink })) }),
    send: (prompt) => play((signal) => runtime.run({ prompt, agent, signal, sink })),
    cancel: () => {
      if (!desk.pauseAll()) abort?.abort();
    },
    decide: desk.decide,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    records: runtime.store,
    check: (specName, body) => [
      ...secretProblems(body, redactorOf(app)),
      ...((specName !== null && planChecks.get(specName)?.(body)) || []),
    ],
    mentions: () => mentionsOf(app, runtime),
    history: chatHistory(app, runtime.workspace),
  };
}

function endOf({ runId, status, error, cause }: RunResult, again: SameAgain): RunEnd {
  const hint = status === 'interrupted' ? resumeCommand(runId, again) : cause?.hint;
  return { runId, status, ...(error && { error }), ...(hint !== undefined && { hint }) };
}

/** The record of the session that a chat goes on with. */
function earlierEvents(
  { store, session }: Runtime,
  { session: wanted, resume }: ChatRequest['runtime'],
): readonly Event[] {
  if (wanted === undefined && resume === undefined) return [];
  const runs = [...store.runs({ session })].sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  return runs.flatMap(({ runId }) => store.events(runId));
}

function factsFor(
  app: App,
  agent: string,
  { workspace, session }: Runtime,
  { draft, scripted }: { readonly draft: string; readonly scripted: boolean },
): ChatFacts {
  const names = Object.entries(app.agents);
  return {
    app: app.name,
    workspace,
    session,
    agent,
    models: Object.fromEntries(names.map(([name, { model }]) => [name, scripted ? 'script' : (model ?? '')])),
    agents: Object.fromEntries(names.map(([name, { description = '' }]) => [name, description])),
    approvals: app.approvals.default.plan,
    draft,
    priceOf: costOf,
    contextOf: (model) => factsOf(model)?.contextWindow,
  };
}

/** @throws HarnessError `unknown-name` before anything is opened */
export function checkAgent(app: App, agent: string): string {
  if (Object.hasOwn(app.agents, agent)) return agent;
  throw new HarnessError('unknown-name', `app "${app.name}" has no agent "${agent}"`, {
    hint: Object.keys(app.agents).join(', '),
  });
}
