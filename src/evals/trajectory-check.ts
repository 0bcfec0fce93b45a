import type { PatternMaker } from '../core/condition.ts';
import type { Event } from '../core/event.ts';
import type { Json } from '../core/json.ts';
import { agentsOf, type CallRecord, callsOf } from '../core/trajectory.ts';
import { matchTrajectory, type TrajectoryCall } from '../core/trajectory-match.ts';
import type { EvalCase } from '../generated/config.ts';
import { count, failed, passed } from './check.ts';
import { listDiff, tally } from './diff.ts';
import type { CheckResult } from './report.ts';

/** The tool that hands work to another agent. What it leads to counts, not how it is asked for. */
export const routing = 'call_agent';

/** `expectedTrajectory`: the calls that were made; routing calls only where one is expected. */
export function trajectoryCheck(definition: EvalCase, events: readonly Event[], pattern: PatternMaker): CheckResult[] {
  const { expectedTrajectory, trajectoryMode, argsMatch, ignoreArgs, perTool } = definition;
  if (expectedTrajectory === undefined) return [];
  const expected = expectedTrajectory.map((call) =>
    typeof call === 'string' ? { tool: call } : (call as TrajectoryCall),
  );
  const routed = expected.some((call) => call.tool === routing);
  const actual = callsOf(events).filter((call) => routed || call.tool !== routing);
  const name = 'expectedTrajectory';
  const { pass, differences } = matchTrajectory(expected, actual, {
    mode: trajectoryMode,
    argsMatch,
    pattern,
    ...(ignoreArgs && { ignore: ignoreArgs }),
    ...(perTool && { perTool }),
  });
  if (pass) return [passed(name, [name])];
  const message = `the calls differ from what is expected (${trajectoryMode}): ${tally(differences)}`;
  return [failed(name, [name], message, listDiff(differences, { expected, actual }))];
}

/** `expectedAgents`: the agents in the order in which they started. */
export function agentsCheck({ expectedAgents, agentsMode }: EvalCase, events: readonly Event[]): CheckResult[] {
  if (expectedAgents === undefined) return [];
  const name = 'expectedAgents';
  const expected = expectedAgents.map((tool) => ({ tool }));
  const started = agentsOf(events);
  const actual = started.map((tool) => ({ tool }));
  const { pass, differences } = matchTrajectory(expected, actual, { mode: agentsMode });
  if (pass) return [passed(name, [name])];
  const message = `the agents differ from what is expected (${agentsMode}): ${tally(differences)}; started: ${started.join(', ') || 'none'}`;
  return [failed(name, [name], message, listDiff(differences, { expected, actual }))];
}

/** `forbiddenTools`: none of them was called, whatever came of it. */
export function forbiddenCheck({ forbiddenTools = [] }: EvalCase, events: readonly Event[]): CheckResult[] {
  if (forbiddenTools.length === 0) return [];
  const name = 'forbiddenTools';
  const calls = callsOf(events);
  const found = calls.filter((call) => forbiddenTools.includes(call.tool));
  if (found.length === 0) return [passed(name, [name])];
  const tools = [...new Set(found.map((call) => call.tool))].join(', ');
  const message = `${count(found.length, 'call')} of ${tools}, which may not be called`;
  return [
    failed(
      name,
      [name],
      message,
      found.map((call) => unexpectedCall(call, calls.indexOf(call))),
    ),
  ];
}

function unexpectedCall({ tool, agent, args }: CallRecord, actualAt: number) {
  return { kind: 'unexpected', subject: `${tool} by ${agent}`, actual: args as Json, actualAt } as const;
}
