import type { Test } from 'tap';
import { loadCompiler } from '../../src/config/compile.ts';
import { loadPatterns } from '../../src/config/patterns.ts';
import type { Event, EventType, Facts } from '../../src/core/event.ts';
import { fold } from '../../src/core/fold.ts';
import type { JsonSchema } from '../../src/core/json.ts';
import { evaluate } from '../../src/evals/evaluate.ts';
import type { EvaluationTools } from '../../src/evals/evaluation-tools.ts';
import type { CheckResult } from '../../src/evals/report.ts';
import type { Trial } from '../../src/evals/trial.ts';
import type { EvalCase, Script } from '../../src/generated/config.ts';
import { leftover } from '../../src/interpreters/scripted.ts';
import { type PlayOptions, play, smallApp } from '../app.ts';

/** A case with the defaults that its schema fills in. */
export function caseOf(written: Partial<EvalCase>): EvalCase {
  return {
    id: 'case-1',
    input: 'Do it.',
    agentsMode: 'subsequence',
    argsMatch: 'subset',
    expectStatus: 'done',
    gate: true,
    passRate: 1,
    repeat: 1,
    tags: [],
    trajectoryMode: 'subsequence',
    ...written,
  };
}

/** Plays a script in a throw-away workspace, as a trial. */
export async function trialOf(t: Test, script: Script, options: PlayOptions = {}): Promise<Trial> {
  const { result, events } = await play(t, script, { approvals: 'approve', ...options });
  const left = result.status === 'done' ? leftover(script, fold(events).stepsOfAgent) : [];
  return trial({
    status: result.status,
    answer: result.answer,
    ...(result.error && { error: result.error }),
    events,
    leftover: left,
  });
}

/** A trial made by hand. */
export function trial(parts: Partial<Trial>): Trial {
  const usage = { steps: 4, tokens: 1000, costUsd: 0.02, seconds: 1.5 };
  return { status: 'done', answer: '', events: [], changes: [], leftover: [], usage, ...parts };
}

/** Events made by hand, of the agent "executor". */
export function events(...facts: { [K in EventType]: readonly [K, Facts[K]] }[EventType][]): Event[] {
  return facts.map(([type, data], index) => {
    const scope = { span: '1', parent: null, agent: 'executor' };
    return { ...scope, type, data, runId: 'r-1', seq: index + 1, at: '2026-11-22T10:00:00.000Z' } as Event;
  });
}

export async function toolsOf(more: Partial<EvaluationTools> = {}): Promise<EvaluationTools> {
  const [pattern, compile] = await Promise.all([loadPatterns(), loadCompiler()]);
  const planChecks = new Map([['ShopPlan', compile(smallApp.plans.ShopPlan as unknown as JsonSchema)]]);
  return { pattern, compile, planChecks, module: (file) => file, ...more };
}

/** The checks of a trial that failed. */
export async function failures(
  written: Partial<EvalCase>,
  of: Trial,
  tools?: Partial<EvaluationTools>,
): Promise<CheckResult[]> {
  const checks = await evaluate(caseOf(written), of, await toolsOf(tools));
  return checks.filter((check) => !check.pass);
}

/** The same as texts: `name: message`. */
export async function complaints(...args: Parameters<typeof failures>): Promise<string[]> {
  return (await failures(...args)).map(({ name, message }) => `${name}: ${message}`);
}

/** As `t.match`, but that lists must not be longer than their patterns: nothing else may be wrong. */
export function only(t: Test, found: unknown, pattern: unknown, name = 'matches'): void {
  t.match(found, pattern, name);
  t.strictSame(lengths(found, pattern), lengths(pattern, pattern), `${name}: and nothing else`);
}

/** How long the lists of a value are, where its pattern has lists. */
function lengths(found: unknown, pattern: unknown, at = ''): string[] {
  if (Array.isArray(pattern)) {
    const list = Array.isArray(found) ? found : [];
    return [`${at}: ${list.length}`, ...pattern.flatMap((each, index) => lengths(list[index], each, `${at}/${index}`))];
  }
  if (pattern === null || typeof pattern !== 'object' || pattern instanceof RegExp) return [];
  const members = found as Record<string, unknown> | undefined;
  return Object.entries(pattern).flatMap(([key, each]) => lengths(members?.[key], each, `${at}/${key}`));
}
