import { argsDifferences } from '../core/args-match.ts';
import { recordCommand } from '../core/cassette.ts';
import type { Event } from '../core/event.ts';
import { canonical } from '../core/json.ts';
import { actionsOf } from '../core/plan.ts';
import type { Check } from '../core/ports.ts';
import type { EvalCase } from '../generated/config.ts';
import { typed } from './actions.ts';
import { ranUnapproved } from './approval-check.ts';
import { count, failed, passed } from './check.ts';
import { valueDiff } from './diff.ts';
import { statusProblem } from './ended.ts';
import { fullMessage, type Incident } from './incidents.ts';
import type { CheckResult, DiffEntry } from './report.ts';
import type { Trial } from './trial.ts';

/** What holds for every run, without being written in its case. */
export function implicitChecks(
  definition: EvalCase,
  trial: Trial,
  planChecks: ReadonlyMap<string, Check>,
  unexpected: readonly Incident[],
): CheckResult[] {
  const { events } = trial;
  const unapproved = ranUnapproved(events);
  return [
    plansAreValid(events, planChecks),
    executedIsPlanned(events),
    implicit('nothing runs before its approval', unapproved),
    noErrors(unexpected),
    scriptFits(definition, trial),
    endsAs(definition.expectStatus, trial),
  ];
}

function implicit(what: string, problems: readonly string[], diff: readonly DiffEntry[] = []): CheckResult {
  const name = `implicit: ${what}`;
  return problems.length === 0 ? passed(name, []) : failed(name, [], problems.join('; '), diff);
}

function plansAreValid(events: readonly Event[], planChecks: ReadonlyMap<string, Check>): CheckResult {
  const problems = events.flatMap((event) => {
    if (event.type !== 'plan.stored') return [];
    const { planId, version, specName, body } = event.data;
    const plan = `plan "${planId}" version ${version}`;
    const check = planChecks.get(specName);
    if (!check) return [`${plan} is of ${specName}, which the app does not have`];
    const [first, ...more] = check(body);
    if (first === undefined) return [];
    const others = more.length === 0 ? '' : ` (and ${count(more.length, 'more problem')})`;
    return [`${plan} does not fit ${specName}: at ${first.pointer || '/'}: ${first.message}${others}`];
  });
  return implicit('stored plans are valid', problems);
}

/** Each dispatched action is the one at its place in a plan that was stored before, and none is dispatched twice. */
function executedIsPlanned(events: readonly Event[]): CheckResult {
  const plans = new Map<string, ReturnType<typeof actionsOf>>();
  const dispatched = new Set<string>();
  const problems: string[] = [];
  const diff: DiffEntry[] = [];
  for (const event of events) {
    if (event.type === 'plan.stored') {
      plans.set(`${event.data.planId} ${event.data.version}`, actionsOf(event.data.body));
    }
    if (event.type !== 'action.started') continue;
    const { planId, version, index, action } = event.data;
    const what = `action ${index} (${action.kind}) of plan "${planId}" version ${version}`;
    const planned = plans.get(`${planId} ${version}`)?.[index];
    const place = `${planId} ${version} ${index}`;
    if (dispatched.has(place)) {
      problems.push(`${what} was dispatched twice`);
      diff.push({ kind: 'unexpected', subject: action.kind, actual: typed(action).payload });
    } else if (planned === undefined) {
      problems.push(`${what} was not planned`);
      diff.push({ kind: 'unexpected', subject: action.kind, actual: typed(action).payload });
    } else if (canonical(planned) !== canonical(action)) {
      problems.push(`${what} is not the planned one`);
      diff.push(...valueDiff(action.kind, argsDifferences(planned, action, { mode: 'exact' })));
    }
    dispatched.add(place);
  }
  return implicit('only planned actions are executed', problems, diff);
}

/** No call failed, no action failed, no plan stopped half-way: but for those that the case expects. */
function noErrors(unexpected: readonly Incident[]): CheckResult {
  const problems = unexpected.map(({ tool, agent, error }) => {
    const details = fullMessage(error).split('\n').join('; ');
    return `${tool} by agent "${agent}" failed with ${error.code}: ${details}`;
  });
  const diff = unexpected.map(({ tool, agent, args, error, actions, at }): DiffEntry => {
    const kinds = actions.map(({ action }) => action.kind);
    const actual = { args, code: error.code, message: error.message, ...(kinds.length > 0 && { actions: kinds }) };
    return { kind: 'unexpected', subject: `${tool} by ${agent}`, actual, actualAt: at };
  });
  return implicit('no errors', problems, diff);
}

/** Ways in which what was to be played and the run do not belong together: never an expected end. */
const misfits: readonly string[] = ['script-exhausted', 'script-leftover', 'stale-cassette'];

function scriptFits({ id }: EvalCase, { leftover, error }: Trial): CheckResult {
  const again = error?.code === 'stale-cassette' ? `; record it again: ${recordCommand(id)}` : '';
  const ranOut = error !== undefined && misfits.includes(error.code) ? [`${error.message}${again}`] : [];
  return implicit('the script is played to its end', [...ranOut, ...leftover]);
}

function endsAs(expected: EvalCase['expectStatus'], trial: Trial): CheckResult {
  const own = expected !== 'done';
  const name = own ? 'expectStatus' : 'implicit: the run is done';
  const path = own ? ['expectStatus'] : [];
  const problem = statusProblem(expected, trial);
  if (problem === undefined) return passed(name, path);
  return failed(name, path, problem, [{ kind: 'differs', subject: 'status', expected, actual: trial.status }]);
}
