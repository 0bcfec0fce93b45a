import { argsTest } from '../../core/args-match.ts';
import type { JsonObject } from '../../core/json.ts';
import { callsOf } from '../../core/trajectory.ts';
import { matchTrajectory } from '../../core/trajectory-match.ts';
import { count } from '../check.ts';
import { listDiff } from '../diff.ts';
import type { AssertionOf, Judgement, Subject, Unmet } from './assertion.ts';

export const calls: Judgement<'calls'> = (assertion, subject) => {
  const { min, max } = bounds(assertion);
  const found = matching(assertion, subject).length;
  if (found >= min && found <= max) return undefined;
  const message = `${described(assertion)}: ${count(found, 'call')}, expected ${wanted(min, max)}`;
  return { message, ...(found < min ? tooFew(assertion, subject) : tooMany(assertion, subject)) };
};

/** Without a number: at least once. */
function bounds({ count, min, max }: AssertionOf<'calls'>): { readonly min: number; readonly max: number } {
  if (count !== undefined) return { min: count, max: count };
  return { min: min ?? (max === undefined ? 1 : 0), max: max ?? Number.POSITIVE_INFINITY };
}

function matching({ tool, agent, args }: AssertionOf<'calls'>, { trial, tools }: Subject) {
  const fits = argsTest((args ?? {}) as JsonObject, { mode: 'subset', pattern: tools.pattern });
  return callsOf(trial.events).filter(
    (call) => call.tool === tool && (agent === undefined || call.agent === agent) && fits(call.args),
  );
}

function described({ tool, agent, args }: AssertionOf<'calls'>): string {
  return `${tool}${agent === undefined ? '' : ` by agent "${agent}"`}${args === undefined ? '' : ' with these arguments'}`;
}

function wanted(min: number, max: number): string {
  if (min === max) return `exactly ${min}`;
  if (max === Number.POSITIVE_INFINITY) return `at least ${min}`;
  return min === 0 ? `at most ${max}` : `from ${min} to ${max}`;
}

/** The calls that come nearest to the ones that are missing. */
function tooFew(assertion: AssertionOf<'calls'>, { trial, tools }: Subject): Pick<Unmet, 'diff'> {
  const { tool, agent, args } = assertion;
  const one = { tool, ...(agent !== undefined && { agent }), ...(args && { args: args as JsonObject }) };
  const expected = Array.from({ length: bounds(assertion).min }, () => one);
  const actual = callsOf(trial.events);
  const { differences } = matchTrajectory(expected, actual, { mode: 'superset', pattern: tools.pattern });
  return { diff: listDiff(differences, { expected, actual }) };
}

/** The calls beyond the last that is allowed. */
function tooMany(assertion: AssertionOf<'calls'>, subject: Subject): Pick<Unmet, 'diff'> {
  const places = new Map(callsOf(subject.trial.events).map((call, index) => [call.id, index]));
  const extra = matching(assertion, subject).slice(bounds(assertion).max);
  return {
    diff: extra.map(({ tool, agent, args, id }) => {
      const actualAt = places.get(id);
      return {
        kind: 'unexpected',
        subject: `${tool} by ${agent}`,
        actual: args,
        ...(actualAt !== undefined && { actualAt }),
      };
    }),
  };
}
