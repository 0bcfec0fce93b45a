import type { Event } from '../core/event.ts';
import { isObject, type Json, type JsonObject } from '../core/json.ts';
import { callsOf } from '../core/trajectory.ts';
import type { Script, ScriptStep } from '../generated/config.ts';

/**
 * The events with stored results named as a new workspace will name them, where they are counted from `r-1`: in the
 * order in which tools gave them.
 */
export function sameHandles(events: readonly Event[]): readonly Event[] {
  const names = new Map(storedResults(events).map((handle, index) => [handle, `r-${index + 1}`]));
  if ([...names].every(([before, after]) => before === after)) return events;
  const rename = (text: string) =>
    text.replace(/\br([-_])(\d+)\b/g, (whole, sign: string, number: string) => {
      const name = names.get(`r-${number}`);
      return name === undefined ? whole : name.replace('-', sign);
    });
  return events.map(
    (event) => ({ ...event, data: inTexts(event.data as unknown as Json, rename) }) as unknown as Event,
  );
}

/** Handles of the results that this run stored, in order. */
export function storedResults(events: readonly Event[]): readonly string[] {
  return callsOf(events).flatMap(({ outcome }) => {
    const result = outcome?.ok ? outcome.result : undefined;
    const stored = isObject(result) && 'preview' in result && typeof result.bytes === 'number';
    return stored && typeof result.result === 'string' && /^r-[1-9]\d*$/.test(result.result) ? [result.result] : [];
  });
}

/**
 * The script with a name for each plan that was stored without one: the name that it got, which later steps know.
 */
export function namedPlans(script: Script, events: readonly Event[]): Script {
  const names = new Map<string, (string | undefined)[]>();
  for (const { tool, agent, args, outcome } of callsOf(events)) {
    if (tool !== 'storePlan') continue;
    const result = outcome?.ok && isObject(outcome.result) ? outcome.result.planId : undefined;
    const name = args.planId === undefined && typeof result === 'string' ? result : undefined;
    names.set(agent, [...(names.get(agent) ?? []), name]);
  }
  return Object.fromEntries(
    Object.entries(script).map(([agent, steps]) => [
      agent,
      steps.map((step) => withNames(step, names.get(agent) ?? [])),
    ]),
  );
}

/** @param names of the plans that the agent stores from here on; those of this step are taken off */
function withNames(step: ScriptStep, names: (string | undefined)[]): ScriptStep {
  const named = (call: string, args: object | undefined): object => {
    const planId = call === 'storePlan' ? names.shift() : undefined;
    return planId === undefined ? { ...(args && { args }) } : { args: { ...args, planId } };
  };
  if (step.call !== undefined) return { ...step, ...named(step.call, step.args) };
  if (step.calls === undefined) return step;
  return { ...step, calls: step.calls.map((each) => ({ ...each, ...named(each.call, each.args) })) };
}

/** The value with each text in it changed, keys left as they are. */
function inTexts(value: Json, change: (text: string) => string): Json {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => inTexts(item, change));
  if (!isObject(value)) return value;
  const members: JsonObject = Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, inTexts(member, change)]),
  );
  return members;
}
