import { HarnessError, ToolFailure } from '../core/errors.ts';
import type { ApprovalSubject, Decision, Scope } from '../core/event.ts';
import { agentPath } from '../core/fold.ts';
import type { JsonObject } from '../core/json.ts';
import type { PlanRecord } from '../core/plan.ts';
import type { ToolCall } from '../core/step.ts';
import type { Tool } from '../core/tool.ts';
import type { Agent, RunContext } from './context.ts';
import type { Ruling } from './policy.ts';

/**
 * Ask whatever the policy says about a tool call. Its arguments have been checked.
 * @param judged the arguments with stored results in place, so that a handle hides nothing from a rule
 * @returns the arguments to run with, and a note for the model where a person changed them.
 * @throws ToolFailure `denied`, `rejected` or `revise`. @throws HarnessError `approval-needed` when nobody is there.
 */
export async function askApproval(
  context: RunContext,
  agent: Agent,
  scope: Scope,
  call: ToolCall,
  tool: Tool,
  judged: JsonObject,
): Promise<{ readonly args: JsonObject; readonly note?: string }> {
  const { effect, selfGated = false } = tool;
  const ruling = agent.policy({ kind: 'tool', tool: call.tool, effect, selfGated, args: judged });
  const decision = await settle(context, scope, call.id, ruling, { kind: 'tool', tool: call.tool, args: call.args });
  switch (decision.kind) {
    case 'approve':
      return { args: call.args };
    case 'edit':
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
  const agent = context.agents.get(scope.agent);
  if (!agent) throw new Error(`agent ${scope.agent} is not in the run`);
  const { planId, specName, version, hash } = plan;
  const ruling = agent.policy({ kind: 'plan', specName, body: judged });
  // An approval holds for the hash it was given for, so an approved plan is not asked about again; a rule may still deny.
  if (plan.status === 'approved' && ruling.verdict === 'ask') return { kind: 'approve' };
  return settle(context, scope, call, ruling, { kind: 'plan', planId, specName, version, hash });
}

export function rejection(reason: string): string {
  return reason === '' ? 'A person rejected this.' : `A person rejected this: ${reason}`;
}

async function settle(
  context: RunContext,
  scope: Scope,
  call: string,
  ruling: Ruling,
  subject: ApprovalSubject,
): Promise<Decision> {
  if (ruling.verdict === 'allow') return { kind: 'approve' };
  const { rule, reason } = ruling;
  if (ruling.verdict === 'deny') {
    throw new ToolFailure('denied', `Refused by the rule "${rule}"${reason === '' ? '' : `: ${reason}`}`);
  }
  const { recorder, runId } = context;
  const approval = `${runId}.a${recorder.state.approvals.size + 1}`;
  recorder.record({ ...scope, type: 'approval.requested', data: { approval, call, subject, rule, reason } });
  // The question is durable before anybody sees it: a pending approval survives the process.
  recorder.commit();
  const path = agentPath(recorder.state, scope.span);
  const answer = await context.approver.decide({ approval, runId, agent: scope.agent, path, subject, rule, reason });
  if (answer === 'pause')
    throw new HarnessError('approval-needed', `approval ${approval} is needed: ${describe(subject)}`);
  recorder.record({ ...scope, type: 'approval.decided', data: { approval, ...answer } });
  return answer.decision;
}

function describe(subject: ApprovalSubject): string {
  if (subject.kind === 'tool') return `agent wants to call ${subject.tool}`;
  return `execute plan "${subject.planId}" (version ${subject.version})`;
}
