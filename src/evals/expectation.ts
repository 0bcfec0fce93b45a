import type { Event } from '../core/event.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { type Difference, missingFrom } from '../core/match.ts';
import { agentsOf, type CallRecord, callsOf } from '../core/trajectory.ts';
import type { Expectation, ExpectedCall } from '../generated/config.ts';
import { appliedActions } from './actions.ts';
import { statusProblem } from './ended.ts';
import { callFailure, fullMessage } from './incidents.ts';

/** One expectation that a run did not meet. */
export interface Unmet {
  /** Which expectation: `agents`, `calls[1] executePlan`, `answer[0]`, … */
  readonly what: string;
  readonly message: string;
  readonly differences: readonly Difference[];
}

/** A run as it ended. */
export interface EndedRun {
  readonly status: string;
  readonly answer: string;
  readonly error?: { readonly code: string; readonly message: string };
  readonly events: readonly Event[];
}

/**
 * What a run does not meet of `expect`. Beyond what is written there: the run must be done, a tool call that fails
 * must be expected to, and so must a plan that is not executed to its end.
 */
export function unmet(expect: Expectation | undefined, run: EndedRun): Unmet[] {
  const calls = callsOf(run.events);
  const paired = pairCalls(expect?.calls ?? [], calls);
  return [
    ...statusUnmet(expect?.status ?? 'done', run),
    ...agentsUnmet(expect?.agents ?? [], agentsOf(run.events)),
    ...paired.unmet,
    ...unexpectedFailures(calls, paired.used),
    ...(expect?.actions === undefined ? [] : actionsUnmet(expect.actions as readonly Json[], run.events)),
    ...answerUnmet(expect?.answer ?? [], run.answer),
  ];
}

function statusUnmet(expected: string, run: EndedRun): Unmet[] {
  const message = statusProblem(expected, run);
  return message === undefined ? [] : [{ what: 'status', message, differences: [] }];
}

function agentsUnmet(expected: readonly string[], actual: readonly string[]): Unmet[] {
  let at = 0;
  for (const agent of actual) if (agent === expected[at]) at += 1;
  if (at === expected.length) return [];
  const message = `agent "${expected[at]}" did not start ${at === 0 ? 'at all' : `after "${expected[at - 1]}"`}`;
  return [{ what: 'agents', message, differences: [{ path: '', expected: [...expected], actual: [...actual] }] }];
}

interface Pairing {
  readonly unmet: Unmet[];
  /** Calls that an expectation speaks of, with it. */
  readonly used: Map<CallRecord, ExpectedCall>;
}

/** Expected calls in order: each takes the next call of its tool that fits, or the next one that nearly does. */
function pairCalls(expected: readonly ExpectedCall[], calls: readonly CallRecord[]): Pairing {
  const unmet: Unmet[] = [];
  const used = new Map<CallRecord, ExpectedCall>();
  let from = 0;
  for (const [index, wanted] of expected.entries()) {
    const what = `calls[${index}] ${wanted.tool}`;
    const candidates = calls.slice(from).filter((call) => call.tool === wanted.tool && !used.has(call));
    const inOrder = candidates.filter((call) => wanted.agent === undefined || call.agent === wanted.agent);
    const found = inOrder.find((call) => callDifferences(wanted, call).length === 0) ?? inOrder[0];
    if (!found) {
      unmet.push({ what, message: notCalled(wanted, calls, from), differences: [] });
      continue;
    }
    used.set(found, wanted);
    from = calls.indexOf(found) + 1;
    const differences = callDifferences(wanted, found);
    if (differences.length > 0)
      unmet.push({ what, message: `the call by agent "${found.agent}" differs`, differences });
  }
  return { unmet, used };
}

function notCalled(wanted: ExpectedCall, calls: readonly CallRecord[], from: number): string {
  const by = wanted.agent === undefined ? '' : ` by agent "${wanted.agent}"`;
  const earlier = calls.slice(0, from).some((call) => call.tool === wanted.tool);
  const made = calls.map((call) => call.tool).join(', ') || 'none';
  return `not called${by}${earlier ? ' at this place' : ''}; calls made: ${made}`;
}

function callDifferences(wanted: ExpectedCall, call: CallRecord): Difference[] {
  const expected: Record<string, Json> = {};
  const actual: Record<string, Json> = { args: call.args };
  if (wanted.args !== undefined) expected.args = wanted.args as JsonObject;
  if (wanted.result !== undefined) expected.result = wanted.result as Json;
  if (wanted.error !== undefined) expected.error = wanted.error;
  if (call.outcome?.ok === true) actual.result = call.outcome.result;
  if (call.outcome?.ok === false) actual.error = call.outcome.error.code;
  return missingFrom(actual, expected);
}

function unexpectedFailures(calls: readonly CallRecord[], used: ReadonlyMap<CallRecord, ExpectedCall>): Unmet[] {
  return calls.flatMap((call) => {
    const failure = callFailure(call);
    if (failure === undefined) return [];
    const wanted = used.get(call);
    const what = `call ${call.tool} by agent "${call.agent}"`;
    // The tool answered: with a plan that was not executed to its end.
    if (call.outcome?.ok) {
      if ((wanted?.result as { status?: unknown } | undefined)?.status !== undefined) return [];
      return [{ what, message: `the plan is ${failure.code}: ${failure.message}`, differences: [] }];
    }
    if (wanted?.error !== undefined) return [];
    return [{ what, message: `failed with ${failure.code}: ${fullMessage(failure)}`, differences: [] }];
  });
}

function actionsUnmet(expected: readonly Json[], events: readonly Event[]): Unmet[] {
  const differences = missingFrom(appliedActions(events), expected);
  return differences.length === 0 ? [] : [{ what: 'actions', message: 'the applied actions differ', differences }];
}

function answerUnmet(texts: readonly string[], answer: string): Unmet[] {
  return texts.flatMap((text, index) =>
    answer.includes(text)
      ? []
      : [
          {
            what: `answer[${index}]`,
            message: 'the answer does not contain it',
            differences: [{ path: '', expected: text, actual: answer }],
          },
        ],
  );
}
