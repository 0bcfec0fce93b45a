import { argsTest, pairing } from '../core/args-match.ts';
import type { PatternMaker } from '../core/condition.ts';
import type { Json, JsonObject } from '../core/json.ts';
import type { Failure } from '../core/step.ts';
import type { EvalCase, ExpectedRefusal } from '../generated/config.ts';
import { failed, passed } from './check.ts';
import { fullMessage, type Incident } from './incidents.ts';
import type { CheckResult, DiffEntry } from './report.ts';

/** What `expectRefusal` makes of the incidents of a run. */
export interface Refusals {
  readonly checks: readonly CheckResult[];
  /** Incidents that nothing in the case speaks of. */
  readonly unexpected: readonly Incident[];
}

/** A call or an action that did not happen. */
interface Refused {
  readonly incident: Incident;
  readonly fits: (wanted: ExpectedRefusal, pattern: PatternMaker) => boolean;
}

/** Each expected refusal needs one of its own; what fits any of them is expected. */
export function refusals(
  { expectRefusal: expected = [] }: EvalCase,
  incidents: readonly Incident[],
  pattern: PatternMaker,
): Refusals {
  const refused = incidents.flatMap(refusedIn);
  const fits = (left: number, right: number) => {
    const wanted = expected[left];
    return wanted !== undefined && (refused[right]?.fits(wanted, pattern) ?? false);
  };
  const pairs = pairing(expected.length, refused.length, fits);
  const checks = expected.map((wanted, index): CheckResult => {
    const name = `expectRefusal[${index}] ${subjectOf(wanted)}`;
    const path = ['expectRefusal', index];
    return pairs.has(index) ? passed(name, path) : failed(name, path, notRefused(wanted), nearest(wanted, incidents));
  });
  const expectedOnes = new Set(
    refused.filter(({ fits }) => expected.some((wanted) => fits(wanted, pattern))).map(({ incident }) => incident),
  );
  return { checks, unexpected: incidents.filter((incident) => !expectedOnes.has(incident)) };
}

function refusedIn(incident: Incident): Refused[] {
  const { tool, args, actions, agent } = incident;
  const call: Refused = {
    incident,
    fits(wanted, pattern) {
      if (wanted.tool !== tool || !reasonFits(wanted, agent, incident.error)) return false;
      if (wanted.action === undefined) return contained(wanted.args, args, pattern);
      return actions.some(({ action }) => action.kind === wanted.action && contained(wanted.args, action, pattern));
    },
  };
  const ofActions = actions.map(
    ({ action, error }): Refused => ({
      incident,
      fits: (wanted, pattern) =>
        wanted.tool === undefined &&
        wanted.action === action.kind &&
        reasonFits(wanted, agent, error) &&
        contained(wanted.args, action, pattern),
    }),
  );
  return [call, ...ofActions];
}

function reasonFits(wanted: ExpectedRefusal, agent: string, error: Failure): boolean {
  return (
    (wanted.agent === undefined || wanted.agent === agent) &&
    (wanted.code === undefined || wanted.code === error.code) &&
    (wanted.message === undefined || fullMessage(error).includes(wanted.message))
  );
}

function contained(expected: ExpectedRefusal['args'], actual: Json, pattern: PatternMaker): boolean {
  return expected === undefined || argsTest(expected as JsonObject, { mode: 'subset', pattern })(actual);
}

function subjectOf({ tool, action }: ExpectedRefusal): string {
  return action ?? tool ?? '';
}

function notRefused({ tool, action, agent, code, message }: ExpectedRefusal): string {
  const what = action === undefined ? `no call of ${tool}` : `no action ${action}`;
  const by = agent === undefined ? '' : ` by agent "${agent}"`;
  const with_ = code === undefined ? '' : ` with ${code}`;
  const saying = message === undefined ? '' : ` saying ${JSON.stringify(message)}`;
  return `${what}${by} was refused or failed${with_}${saying}`;
}

/** The expectation, and what came nearest to it: refusals of the same tool or action. */
function nearest(wanted: ExpectedRefusal, incidents: readonly Incident[]): DiffEntry[] {
  const subject = subjectOf(wanted);
  const near = incidents.filter(({ tool, actions }) =>
    wanted.action === undefined ? tool === wanted.tool : actions.some(({ action }) => action.kind === wanted.action),
  );
  const found = near.map(({ tool, agent, args, error, at }): DiffEntry => {
    const actual: Json = { tool, agent, args, code: error.code, message: error.message };
    return { kind: 'unexpected', subject, actual, actualAt: at };
  });
  return [{ kind: 'missing', subject, expected: wanted as unknown as Json }, ...found];
}
