import type { Decision, Event } from '../core/event.ts';
import { handleKey } from '../core/handles.ts';
import { isObject, type Json, type JsonObject } from '../core/json.ts';
import { scriptOfRun } from '../core/step-script.ts';
import { agentsOf, type CallRecord, callsOf } from '../core/trajectory.ts';
import { appliedActions, plannedActions, typed } from './actions.ts';
import { incidentsOf } from './incidents.ts';
import { namedPlans, sameHandles } from './replay-ids.ts';

/** What a case is called, and what it needs to know of its app. */
export interface CaseNaming {
  readonly id: string;
  readonly description: string;
  readonly workspace: string;
  /** Absent when the app's entry gets the input. */
  readonly agent?: string;
  /** Whether the app has plans, so that a case without actions says so. */
  readonly hasPlans: boolean;
}

/**
 * The eval case that holds a run to what it did: the same agents, calls, actions and refusals. For a person to loosen.
 * @param events of a run that `unrepeatable` has nothing against
 */
export function caseOfRun(run: readonly Event[], naming: CaseNaming): JsonObject {
  const events = sameHandles(run);
  const { id, description, workspace, agent, hasPlans } = naming;
  const start = events.find((event) => event.type === 'run.started');
  const end = events.findLast((event) => event.type === 'run.finished');
  const status = end?.data.status ?? 'paused';
  const approvals = approvalsOf(events, status);
  const refusals = refusalsOf(events);
  const assertions = assertionsOf(end?.data.answer ?? '', events);
  return {
    id,
    description,
    workspace,
    ...(agent !== undefined && { agent }),
    input: start?.data.prompt ?? '',
    ...(approvals !== undefined && { approvals }),
    ...(status !== 'done' && { expectStatus: status }),
    expectedAgents: agentsOf(events),
    agentsMode: 'exact',
    expectedTrajectory: trajectoryOf(events),
    trajectoryMode: 'exact',
    ...(hasPlans && {
      structuredGroundTruth: {
        plannedActions: plannedActions(events).map(expectedAction),
        executedActions: appliedActions(events).map(expectedAction),
      },
    }),
    ...(refusals.length > 0 && { expectRefusal: refusals }),
    ...(assertions.length > 0 && { assert: assertions }),
    script: namedPlans(scriptOfRun(events), events) as unknown as JsonObject,
  };
}

/** Decisions in the order in which they were asked for; everything approved is what a case does without. */
function approvalsOf(events: readonly Event[], status: string): Json | undefined {
  const decisions = events.flatMap((event) =>
    event.type === 'approval.decided' ? [scriptedDecision(event.data.decision)] : [],
  );
  // What nobody decided, nobody decides again.
  if (status === 'paused') return decisions;
  if (decisions.length === 0) return undefined;
  return decisions.every((decision) => decision === 'approve') ? 'approve' : decisions;
}

function scriptedDecision(decision: Decision): Json {
  switch (decision.kind) {
    case 'approve':
      return 'approve';
    case 'edit':
      return { edit: decision.body };
    case 'revise':
      return { revise: decision.comment };
    case 'reject':
      return decision.reason === '' ? 'reject' : { reject: decision.reason };
  }
}

function trajectoryOf(events: readonly Event[]): JsonObject[] {
  const calls = callsOf(events).filter((call) => call.tool !== 'call_agent');
  return calls.map((call) => {
    const { tool, agent } = call;
    const args = assertable(argumentsOf(call, events));
    return { tool, agent, ...(Object.keys(args).length > 0 && { args }) };
  });
}

/** What of a call's arguments is worth holding on to. */
function argumentsOf({ tool, args, outcome }: CallRecord, events: readonly Event[]): JsonObject {
  // Arguments that do not fit cannot be written down as expected ones; the refusal is.
  if (outcome?.ok === false && ['invalid-arguments', 'unknown-tool'].includes(outcome.error.code)) return {};
  if (typeof args.planId === 'string' && generatedIds(events).has(args.planId)) {
    const { planId: _, ...others } = args;
    return others;
  }
  const result = outcome?.ok ? outcome.result : undefined;
  if (tool !== 'storePlan' || !isObject(args.body) || !isObject(result)) return args;
  const newest = events.findLast((event) => event.type === 'plan.stored' && event.data.planId === result.planId);
  if (newest?.type !== 'plan.stored' || newest.data.version !== result.version) return args;
  // The ground truth tells them.
  const { actions: _, ...body } = args.body;
  return { ...args, body };
}

function expectedAction(action: Parameters<typeof typed>[0]): JsonObject {
  const { type, payload } = typed(action);
  return { type, payload: assertable(payload) };
}

const matcherWords = ['any', 'matches', 'oneOf', 'anyOrder', 'near'];

/** Without members that would be read as something else than a value: a matcher, or the handle of a stored result. */
function assertable(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => isPlain(member)));
}

function isPlain(value: Json): boolean {
  if (Array.isArray(value)) return value.every(isPlain);
  if (!isObject(value)) return true;
  const keys = Object.keys(value);
  return !keys.some((key) => key === handleKey || matcherWords.includes(key)) && Object.values(value).every(isPlain);
}

function refusalsOf(events: readonly Event[]): JsonObject[] {
  return incidentsOf(events).flatMap(({ tool, agent, error, actions }) => {
    const failed = actions.filter((each) => each.error.code === 'failed' && error.code === 'failed');
    return [
      { tool, agent, code: error.code },
      ...failed.map(({ action, error: { code } }) => ({ action: action.kind, code })),
    ];
  });
}

/** Most figures that are held on to. */
const mostFacts = 5;

/** Figures and ids of the answer that the run has from its tools; else that there is an answer at all. */
function assertionsOf(answer: string, events: readonly Event[]): JsonObject[] {
  if (answer.trim() === '') return [];
  const calls = callsOf(events).filter((call) => call.tool !== 'call_agent');
  const grounds = calls
    .map(({ args, outcome }) => JSON.stringify([args, outcome?.ok ? outcome.result : null]))
    .join('\n');
  const facts = [...new Set(answer.match(fact) ?? [])].filter((text) => text.length > 1 && grounds.includes(text));
  const ids = generatedIds(events);
  const lasting = facts.filter((text) => !ids.has(text)).slice(0, mostFacts);
  if (lasting.length === 0) return [{ kind: 'matches', value: '\\S' }];
  return lasting.map((value) => ({ kind: 'contains', value }));
}

/** `p-001`, `order_17`, `52`, `363.48`. */
const fact =
  /(?<![\w.-])(?:[A-Za-z][A-Za-z0-9]*(?:[-_][A-Za-z0-9]+)*[-_][A-Za-z0-9]*\d[A-Za-z0-9]*|\d+(?:\.\d+)?)(?![\w-])/g;

/** Plans whose names were made up for this run: in another one they are called something else. */
function generatedIds(events: readonly Event[]): ReadonlySet<string> {
  const named = callsOf(events).flatMap(({ tool, args }) => (tool === 'storePlan' ? [args.planId] : []));
  return new Set(
    events.flatMap((event) =>
      event.type === 'plan.stored' && !named.includes(event.data.planId) ? [event.data.planId] : [],
    ),
  );
}
