import { outcomeUnknown } from '../core/ending.ts';
import { HarnessError, ToolFailure } from '../core/errors.ts';
import type { ApprovalSubject, Decision, Scope } from '../core/event.ts';
import { agentPath } from '../core/fold.ts';
import type { JsonObject } from '../core/json.ts';
import { actionsOf, hashPlan, type PlanRecord } from '../core/plan.ts';
import type { ApprovalRequest } from '../core/ports.ts';
import type { ToolCall } from '../core/step.ts';
import type { Tool } from '../core/tool.ts';
import type { Agent, RunContext } from './context.ts';
import { askedBefore, decisionsOf, isGranted } from './earlier.ts';
import { decideOrHear } from './hear.ts';
import { refuseEditedSecrets } from './plan-secrets.ts';
import type { PolicySubject, Ruling } from './policy.ts';

/**
 * Ask whatever the policy says about a tool call. Its arguments have been checked.
 * @param judged the arguments with stored results in place, so that a handle hides nothing from a rule
 * @returns the arguments to run with, and a note for the model where a person changed them.
 * @throws ToolFailure `denied`, `rejected`, `revise` or `secret-in-edit`. @throws HarnessError `approval-needed` when nobody is there.
 */
export async function askApproval(
  context: RunContext,
  agent: Agent,
  scope: Scope,
  call: ToolCall,
  tool: Tool,
  judged: JsonObject,
): Promise<{ readonly args: JsonObject; readonly note?: string }> {
  const ruling = agent.policy(policySubject(tool, judged), (asking) =>
    isGranted(context, agent.name, call.tool, asking),
  );
  const decision = await settle(context, scope, call.id, ruling, { kind: 'tool', tool: call.tool, args: call.args });
  switch (decision.kind) {
    case 'approve':
      return { args: call.args };
    case 'edit':
      refuseEditedSecrets(context.recorder, decision.body);
      return {
        args: decision.body,
        note: `A person changed the arguments before it ran: ${JSON.stringify(decision.body)}`,
      };
    case 'revise':
      throw new ToolFailure('revise', `A person asks for a change first: ${decision.comment}`);
    case 'reject':
      throw new ToolFailure('rejected', rejection(decision.reason));
  }
}

export function policySubject({ name, effect, selfGated = false }: Tool, args: JsonObject): PolicySubject {
  return { kind: 'tool', tool: name, effect, selfGated, args };
}

/** What a person wrote in the place of arguments runs by their word, but not against a rule. @throws ToolFailure */
export function refuseDenied(agent: Agent, subject: PolicySubject): void {
  const ruling = agent.policy(subject);
  if (ruling.verdict === 'deny') throw denied(ruling);
}

/**
 * Nobody knows whether a call with a side effect took effect, because the process ended while it was on its way. A
 * person says whether it is to run again. No rule, script or setting can say so.
 * @param since place in the run where it was started: each time is a question of its own
 * @throws ToolFailure when it is not. @throws HarnessError `approval-needed`
 */
export async function askOutcome(
  context: RunContext,
  scope: Scope,
  { id, tool, args }: ToolCall,
  since: number,
): Promise<void> {
  const reason = 'the process ended while it was on its way, and nobody knows whether it took effect';
  const ruling: Ruling = { verdict: 'ask', rule: 'interrupted', reason };
  const decision = await settle(context, scope, id, ruling, { kind: 'outcome', tool, args }, since);
  if (decision.kind === 'approve') return;
  const said = decision.kind === 'reject' ? decision.reason : decision.kind === 'revise' ? decision.comment : '';
  throw new ToolFailure(
    outcomeUnknown,
    `${tool} was interrupted: ${reason}. A person decided not to run it again${said === '' ? '.' : `: ${said}`}`,
  );
}

/**
 * Ask whatever the policy says about executing a plan. The caller acts on the decision.
 * @param judged the plan's body with stored results in place
 */
export async function askPlanApproval(
  context: RunContext,
  scope: Scope,
  call: string,
  plan: PlanRecord,
  judged: JsonObject,
): Promise<Decision> {
  const agent = agentOf(context, scope);
  const { planId, specName, version, hash } = plan;
  const ruling = agent.policy({ kind: 'plan', specName, body: judged });
  // An approval holds for the hash it was given for, so an approved plan is not asked about again; a rule may still deny.
  if (ruling.verdict === 'ask' && (plan.status === 'approved' || writtenByPerson(context, scope, call, plan))) {
    return { kind: 'approve' };
  }
  return settle(context, scope, call, ruling, { kind: 'plan', planId, specName, version, hash });
}

/** Ask before one action of a plan that was approved step by step. Whatever is not an approval stops the plan there. */
export function askAction(
  context: RunContext,
  scope: Scope,
  call: string,
  { planId, version, body }: PlanRecord,
  index: number,
): Promise<Decision> {
  const actions = actionsOf(body);
  const action = actions[index];
  if (!action) throw new Error(`plan ${planId} has no action ${index}`);
  const ruling: Ruling = { verdict: 'ask', rule: 'step', reason: 'the plan was approved step by step' };
  return settle(context, scope, call, ruling, {
    kind: 'action',
    planId,
    version,
    index,
    count: actions.length,
    action,
  });
}

/** Whether this version of a plan was approved step by step, in this run or in an earlier one. */
export function isStepwise({ recorder, store, runId }: RunContext, plan: PlanRecord): boolean {
  const approves = (subject: ApprovalSubject, decision: Decision | null | undefined) =>
    subject.kind === 'plan' &&
    subject.planId === plan.planId &&
    subject.version === plan.version &&
    decision?.kind === 'approve';
  const here = [...recorder.state.approvals.values()].findLast(({ request, decision }) =>
    approves(request.data.subject, decision),
  )?.decision;
  // What an earlier run approved was more than stored when this call began.
  const rows = here || plan.status === 'stored' ? [] : store.approvals();
  const decision = here ?? rows.find((row) => row.runId !== runId && approves(row.subject, row.decision))?.decision;
  return decision?.kind === 'approve' && decision.step === true;
}

/** What was decided about this version of a plan in the same call, before the run was interrupted. */
export function decidedBefore(
  context: RunContext,
  scope: Scope,
  call: string,
  { planId, version, hash }: PlanRecord,
): Decision | undefined {
  return decisionsOf(context, scope, call).find(
    ({ subject }) =>
      subject.kind === 'plan' && subject.planId === planId && subject.version === version && subject.hash === hash,
  )?.decision;
}

/** Whether a person put something else in the place of what was asked about in a call. */
export function editedIn(context: RunContext, scope: Scope, call: string): boolean {
  return decisionsOf(context, scope, call).some(({ decision }) => decision?.kind === 'edit');
}

/** The plan is what a person put in the place of another in the same call. */
export function writtenByPerson(
  context: RunContext,
  scope: Scope,
  call: string,
  { specName, hash }: PlanRecord,
): boolean {
  return decisionsOf(context, scope, call).some(
    ({ decision }) => decision?.kind === 'edit' && hashPlan(specName, decision.body) === hash,
  );
}

export function agentOf(context: RunContext, scope: Scope): Agent {
  const agent = context.agents.get(scope.agent);
  if (!agent) throw new Error(`agent ${scope.agent} is not in the run`);
  return agent;
}

/** The reason of a rejection that no person made. */
export const nobodyThere = 'nobody is there to approve it';

export function rejection(reason: string): string {
  if (reason === nobodyThere) return `Rejected: ${reason}.`;
  return reason === '' ? 'A person rejected this.' : `A person rejected this: ${reason}`;
}

async function settle(
  context: RunContext,
  scope: Scope,
  call: string,
  ruling: Ruling,
  asked: ApprovalSubject,
  since = 0,
): Promise<Decision> {
  if (ruling.verdict === 'allow') return { kind: 'approve' };
  if (ruling.verdict === 'deny') throw denied(ruling);
  // Whoever decides is shown what is written down.
  const subject = context.recorder.redacted(asked);
  const { rule, reason, when } = ruling;
  const { recorder, runId } = context;
  const before = askedBefore(context, scope, call, subject, since);
  if (before?.decision) return before.decision;
  const approval = before?.approval ?? `${runId}.a${recorder.state.approvals.size + 1}`;
  const condition = when === undefined ? {} : { when };
  if (!before) {
    const data = { approval, call, subject, rule, ...condition, reason };
    recorder.record({ ...scope, type: 'approval.requested', data });
  }
  // The question is durable before anybody sees it: a pending approval survives the process.
  recorder.commit();
  const path = agentPath(recorder.state, scope.span);
  const request: ApprovalRequest = {
    approval,
    runId,
    agent: scope.agent,
    path,
    subject,
    rule,
    ...condition,
    reason,
  };
  const answer = await decideOrHear(context, request, before !== undefined);
  if (answer === 'pause') {
    throw new HarnessError('approval-needed', `approval ${approval} is needed: ${describe(scope.agent, subject)}`);
  }
  if (answer.recorded) return answer.data.decision;
  const decision = plainly(answer.data.decision, subject);
  recorder.record({ ...scope, type: 'approval.decided', data: { ...answer.data, decision } });
  return decision;
}

/**
 * Who writes down a plan as it is approves it. An approval of a plan is for its content alone, never for always; only a
 * plan has steps.
 */
export function plainly(decision: Decision, subject: ApprovalSubject): Decision {
  if (subject.kind === 'tool') {
    if (decision.kind !== 'approve') return decision;
    return decision.always ? { kind: 'approve', always: true } : { kind: 'approve' };
  }
  if (decision.kind === 'approve') {
    return decision.step && subject.kind === 'plan' ? { kind: 'approve', step: true } : { kind: 'approve' };
  }
  const same =
    decision.kind === 'edit' && subject.kind === 'plan' && hashPlan(subject.specName, decision.body) === subject.hash;
  return same ? { kind: 'approve' } : decision;
}

function denied({ rule, reason }: Ruling): ToolFailure {
  return new ToolFailure('denied', `Refused by the rule "${rule}"${reason === '' ? '' : `: ${reason}`}`);
}

function describe(agent: string, subject: ApprovalSubject): string {
  if (subject.kind === 'plan') return `execute plan "${subject.planId}" (version ${subject.version})`;
  if (subject.kind === 'tool') return `agent "${agent}" wants to call ${subject.tool}`;
  if (subject.kind === 'action') {
    return `run action ${subject.index + 1} of ${subject.count} of plan "${subject.planId}" (${subject.action.kind})`;
  }
  return `nobody knows whether the interrupted call of ${subject.tool} took effect`;
}
