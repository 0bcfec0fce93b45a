import { HarnessError, messageOf, type Problem, ToolFailure } from '../core/errors.ts';
import type { Scope } from '../core/event.ts';
import type { JsonObject } from '../core/json.ts';
import { suggest } from '../core/nearest.ts';
import { misplacedHandles } from '../core/results.ts';
import type { Outcome, ToolCall } from '../core/step.ts';
import type { Tool, ToolContext } from '../core/tool.ts';
import { askApproval, askOutcome, policySubject, refuseDenied } from './approve.ts';
import { type Agent, type RunContext, spanOf } from './context.ts';
import { failureOf } from './failure.ts';
import { planDesk } from './plan-desk.ts';
import { resolveHandles } from './resolve.ts';
import { sentBackIn, sentBackNote } from './sent-back.ts';

/**
 * Run the calls of one step: at once when all of them only read, else one after the other. Those that have a result
 * from before the run was interrupted are done.
 */
export async function invokeAll(
  context: RunContext,
  agent: Agent,
  scope: Scope,
  wanted: readonly ToolCall[],
): Promise<void> {
  const { open } = spanOf(context, scope).conversation;
  const calls = wanted.filter(({ id }) => open.has(id));
  const reading = calls.every((call) => agent.tools.get(call.tool)?.effect === 'read');
  if (!reading || calls.length === 1) {
    for (const call of calls) await finish(context, agent, scope, call, await invoke(context, agent, scope, call));
    return;
  }
  // Approvals are asked for in order; only then do the tools run side by side.
  const prepared: (() => Promise<Outcome>)[] = [];
  for (const call of calls) prepared.push(await prepare(context, agent, scope, call));
  context.recorder.commit();
  const running = prepared.map((run) => run().then((outcome) => () => outcome, rethrow));
  // Results are recorded in the order of the calls, so that the same script gives the same record.
  for (const [place, call] of calls.entries()) {
    const outcome = await running[place];
    if (outcome) await finish(context, agent, scope, call, outcome());
  }
}

/** Keeps an early failure until its turn comes. */
function rethrow(thrown: unknown): () => never {
  return () => {
    throw thrown;
  };
}

/** Record what came of a call. Of a large result, the record and the model have a handle and a preview. */
async function finish(context: RunContext, agent: Agent, scope: Scope, call: ToolCall, came: Outcome): Promise<void> {
  const { id, tool } = call;
  // Before it is stored anywhere, and before a preview may cut a secret in two.
  const ended = context.recorder.redacted(came);
  const origin = { runId: context.runId, agent: agent.name, tool, call: id };
  const large = ended.ok && !agent.tools.get(tool)?.selfGated;
  const outcome = large ? { ...ended, result: await context.results.admit(ended.result, origin) } : ended;
  context.recorder.record({ ...scope, type: 'tool.finished', data: { call: id, tool, outcome } });
}

async function invoke(context: RunContext, agent: Agent, scope: Scope, call: ToolCall): Promise<Outcome> {
  return (await prepare(context, agent, scope, call))();
}

/** Everything that comes before the tool itself: it exists, its arguments fit, and nobody objects. */
async function prepare(
  context: RunContext,
  agent: Agent,
  scope: Scope,
  call: ToolCall,
): Promise<() => Promise<Outcome>> {
  const tool = agent.tools.get(call.tool);
  if (!spanOf(context, scope).called.has(call.id)) {
    context.recorder.record({ ...scope, type: 'tool.called', data: { call, effect: tool?.effect ?? 'read' } });
  }
  try {
    if (!tool) throw unknownTool(agent, call.tool);
    const given = await takeArguments(context, tool, call.args);
    const { args, note } = await askApproval(context, agent, scope, call, tool, given);
    const taken = note === undefined ? given : await takeArguments(context, tool, args);
    if (note !== undefined) refuseDenied(agent, policySubject(tool, taken));
    return () => runTool(context, scope, call, { tool, args: taken, note });
  } catch (thrown) {
    const outcome = asOutcome(thrown);
    return async () => outcome;
  }
}

interface Prepared {
  readonly tool: Tool;
  readonly args: JsonObject;
  readonly note: string | undefined;
}

async function runTool(
  context: RunContext,
  scope: Scope,
  call: ToolCall,
  { tool, args, note }: Prepared,
): Promise<Outcome> {
  try {
    if (!tool.selfGated) await launch(context, scope, call, tool);
    const notes = note === undefined ? [] : [note];
    const result = await tool.run(
      args,
      toolContext(context, scope, call.id, (more) => notes.push(more)),
    );
    return { ok: true, result, ...(notes.length > 0 && { note: notes.join('\n') }) };
  } catch (thrown) {
    return asOutcome(thrown, tool);
  }
}

/**
 * A tool of a toolkit leaves the process; the harness's own tools commit where they do. Whoever finds the intent of a
 * side effect without a result knows that it may have happened.
 */
async function launch(context: RunContext, scope: Scope, call: ToolCall, { effect, name }: Tool): Promise<void> {
  if (effect !== 'read') {
    const before = spanOf(context, scope).launched.get(call.id);
    if (before !== undefined) await askOutcome(context, scope, call, before);
    context.recorder.record({ ...scope, type: 'tool.started', data: { call: call.id, tool: name } });
  }
  context.recorder.commit();
}

/**
 * A tool's failure is a result for the model; what ends the run goes on upwards. So does what broke in the harness
 * itself, also in an agent below `call_agent`: only a tool of a toolkit may break without its run.
 * @param tool that was running, where one was
 */
function asOutcome(thrown: unknown, tool?: Tool): Outcome {
  if (thrown instanceof HarnessError || isAbort(thrown)) throw thrown;
  if (thrown instanceof ToolFailure) return { ok: false, error: failureOf(thrown) };
  if (!tool || tool.selfGated) throw thrown;
  const message = `${tool.name} broke, which is no fault of the call: ${messageOf(thrown)}`;
  return { ok: false, error: { code: 'tool-crashed', message } };
}

function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'AbortError';
}

function toolContext(context: RunContext, scope: Scope, callId: string, tell: (note: string) => void): ToolContext {
  return {
    runId: context.runId,
    workspace: context.workspace,
    agent: scope.agent,
    callId,
    signal: context.signal,
    delegate: async (name, prompt) => {
      const agent = context.agents.get(name);
      if (!agent) throw new ToolFailure('unknown-agent', `there is no agent "${name}"`);
      const answer = await context.delegate({ agent, prompt, caller: { scope, call: callId } });
      const sentBack = sentBackIn(context, scope, callId);
      for (const each of sentBack) tell(sentBackNote(each));
      return { ...answer, ...(sentBack.length > 0 && { sentBack }) };
    },
    plans: planDesk(context, scope, callId, tell),
  };
}

function unknownTool(agent: Agent, name: string): ToolFailure {
  const hint = suggest(name, [...agent.tools.keys()]);
  return new ToolFailure(
    'unknown-tool',
    `agent "${agent.name}" has no tool "${name}"${hint === undefined ? '' : `; ${hint}`}`,
  );
}

/** Arguments that fit, with stored results in the place of their handles. @throws ToolFailure */
async function takeArguments({ results }: RunContext, tool: Tool, args: JsonObject): Promise<JsonObject> {
  // The harness's own tools look themselves at what they are given.
  const misplaced = tool.selfGated ? [] : misplacedHandles(args, tool.accepts);
  const problems: readonly Problem[] = misplaced.length > 0 ? misplaced : tool.check(args);
  if (problems.length === 0) {
    const handled = { value: args, accepts: tool.accepts, name: `the arguments of ${tool.name}` };
    return tool.selfGated ? args : resolveHandles(results, handled);
  }
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  throw new ToolFailure('invalid-arguments', `the arguments of ${tool.name} have ${count}`, problems);
}
