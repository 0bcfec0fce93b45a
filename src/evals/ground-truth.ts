import type { PatternMaker } from '../core/condition.ts';
import type { Event } from '../core/event.ts';
import type { JsonObject } from '../core/json.ts';
import type { Action } from '../core/plan.ts';
import { matchTrajectory, type TrajectoryCall } from '../core/trajectory-match.ts';
import type { EvalCase, GroundTruth, GroundTruthAction } from '../generated/config.ts';
import { appliedActions, plannedActions, typed } from './actions.ts';
import { failed, passed } from './check.ts';
import { listDiff, tally } from './diff.ts';
import type { CheckResult } from './report.ts';

/** `structuredGroundTruth`: the planned actions (newest version of each plan) and the applied ones. */
export function groundTruthChecks(
  { structuredGroundTruth: truth }: EvalCase,
  events: readonly Event[],
  pattern: PatternMaker,
): CheckResult[] {
  if (truth === undefined) return [];
  const { plannedActions: planned, executedActions: executed } = truth;
  // What was executed was planned: an empty list beside it says nothing of its own.
  const silent = planned?.length === 0 && executed !== undefined && executed.length > 0;
  return [
    ...(planned === undefined || silent
      ? []
      : [actionsCheck('plannedActions', planned, plannedActions(events), { truth, pattern })]),
    ...(executed === undefined
      ? []
      : [actionsCheck('executedActions', executed, appliedActions(events), { truth, pattern })]),
  ];
}

function actionsCheck(
  name: 'plannedActions' | 'executedActions',
  wanted: readonly GroundTruthAction[],
  found: readonly Action[],
  { truth, pattern }: { readonly truth: GroundTruth; readonly pattern: PatternMaker },
): CheckResult {
  const { actionsMode, payloadMatch } = truth;
  const path = ['structuredGroundTruth', name];
  const expected = wanted.map(({ type, payload }) => ({ tool: type, args: payload as JsonObject }));
  const actual = found.map(typed).map(({ type, payload }): TrajectoryCall => ({ tool: type, args: payload }));
  const rules = { mode: actionsMode, argsMatch: payloadMatch, pattern };
  const { pass, differences } = matchTrajectory(expected, actual, rules);
  if (pass) return passed(name, path);
  const what = name === 'plannedActions' ? 'planned' : 'executed';
  const message = `the ${what} actions differ from what is expected (${actionsMode}): ${tally(differences)}`;
  return failed(name, path, message, listDiff(differences, { expected, actual }));
}
