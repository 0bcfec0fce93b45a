import { isObject, type Json, type JsonObject } from '../core/json.ts';
import type { Script, ScriptStep } from '../generated/config.ts';

/** A run that went wrong in one way. A good case notices. */
export interface Mutant {
  /** `call storePlan of agent "planner" dropped`. */
  readonly what: string;
  /** What to assert so that it is noticed. */
  readonly advice: string;
  readonly script: Script;
}

export interface MutationSource {
  /** What was played when the case passed. */
  readonly script: Script;
  /** The agent that gives the answer. */
  readonly entry: string;
  readonly forbiddenTools: readonly string[];
  /** Tools by agent, each with arguments that its schema accepts. */
  readonly toolsOf: ReadonlyMap<string, ReadonlyMap<string, JsonObject>>;
  /** At most so many; they are spread over all kinds of change. */
  readonly most: number;
}

/** Scripts that differ from the one that passed by one call, one argument, one action or the answer. */
export function mutantsOf(source: MutationSource): Mutant[] {
  const calls = callsIn(source.script);
  const groups = [
    ...calls.map((call) => [...callMutants(source.script, call), ...actionMutants(source.script, call)]),
    ...calls.map((call) => argumentMutants(source.script, call)),
    swapMutants(source.script, calls),
    forbiddenMutants(source),
    answerMutants(source),
  ];
  return spread(groups, source.most);
}

/** One of each group in turn, so that a limit cuts none of the kinds off. */
function spread(groups: readonly (readonly Mutant[])[], most: number): Mutant[] {
  const found: Mutant[] = [];
  const longest = Math.max(0, ...groups.map((group) => group.length));
  for (let at = 0; at < longest; at++) found.push(...groups.flatMap((group) => group[at] ?? []));
  return found.slice(0, most);
}

interface Spot {
  readonly agent: string;
  readonly step: number;
  /** Place among the step's calls. */
  readonly place: number;
  readonly tool: string;
  readonly args: JsonObject;
}

function callsIn(script: Script): Spot[] {
  return Object.entries(script).flatMap(([agent, steps]) =>
    steps.flatMap((step, index) =>
      callsOfStep(step).map(({ call, args }, place) => ({ agent, step: index, place, tool: call, args })),
    ),
  );
}

interface Call {
  readonly call: string;
  readonly args: JsonObject;
}

function callsOfStep({ call, args, calls }: ScriptStep): Call[] {
  const all = calls ?? (call === undefined ? [] : [{ call, ...(args && { args }) }]);
  return all.map((each) => ({ call: each.call, args: (each.args ?? {}) as JsonObject }));
}

function callMutants(script: Script, spot: Spot): Mutant[] {
  const name = nameOf(spot);
  const count = `assert how often ${spot.tool} is called: \`{ kind: calls, tool: ${spot.tool}, count: … }\`, or trajectoryMode: exact`;
  return [
    {
      what: `${name} dropped`,
      advice: `name ${spot.tool} in expectedTrajectory`,
      script: withCalls(script, spot, (calls) => calls.filter((_, place) => place !== spot.place)),
    },
    {
      what: `${name} doubled`,
      advice: count,
      script: withCalls(script, spot, (calls) =>
        calls.flatMap((call, place) => (place === spot.place ? [call, call] : [call])),
      ),
    },
  ];
}

/** `call storePlan of agent "planner" (step 1)`. */
function nameOf({ tool, agent, step }: Spot): string {
  return `call ${tool} of agent "${agent}" (step ${step + 1})`;
}

function swapMutants(script: Script, spots: readonly Spot[]): Mutant[] {
  return spots.flatMap((spot, at) => {
    const next = spots[at + 1];
    // Calls of one step have no order among themselves.
    if (next?.agent !== spot.agent || next.step === spot.step) return [];
    if (next.tool === spot.tool && same(next.args, spot.args)) return [];
    const put = (into: Script, where: Spot, what: Spot) =>
      withCalls(into, where, (calls) =>
        calls.map((call, place) => (place === where.place ? { call: what.tool, args: what.args } : call)),
      );
    return [
      {
        what: `calls ${spot.tool} and ${next.tool} of agent "${spot.agent}" swapped`,
        advice: `name both in expectedTrajectory, in order, with the arguments that tell them apart`,
        script: put(put(script, spot, next), next, spot),
      },
    ];
  });
}

function argumentMutants(script: Script, spot: Spot): Mutant[] {
  return leaves(spot.args).flatMap(({ path, value }) => {
    // Nothing follows from it when a script stands for the models.
    if (spot.tool === 'call_agent' && path[0] === 'prompt') return [];
    const changed = altered(value);
    const dotted = path.join('.');
    return {
      what: `argument ${dotted} of ${nameOf(spot)} altered from ${short(value)} to ${short(changed)}`,
      advice: `give ${dotted} in the args of ${spot.tool} in expectedTrajectory, or in the payload of an action`,
      script: withArgs(script, spot, replaced(spot.args, path, changed) as JsonObject),
    };
  });
}

/** Plans hold their actions in a list: one less, one twice, two in the other order. */
function actionMutants(script: Script, spot: Spot): Mutant[] {
  const body = spot.args.body;
  if (spot.tool !== 'storePlan' || !isObject(body) || !Array.isArray(body.actions)) return [];
  const actions = body.actions;
  const advice = 'list the actions in structuredGroundTruth (plannedActions, executedActions)';
  const make = (what: string, changed: readonly Json[]): Mutant => ({
    what: `${what} of the plan that agent "${spot.agent}" stores`,
    advice,
    script: withArgs(script, spot, { ...spot.args, body: { ...body, actions: changed } }),
  });
  return actions.flatMap((action, at) => {
    const next = actions[at + 1];
    const swapped = actions.map((each, place) => (place === at ? next : place === at + 1 ? action : each));
    return [
      make(
        `action ${at + 1} dropped`,
        actions.filter((_, place) => place !== at),
      ),
      make(
        `action ${at + 1} doubled`,
        actions.flatMap((each, place) => (place === at ? [each, each] : [each])),
      ),
      ...(next === undefined || same(action, next)
        ? []
        : [make(`actions ${at + 1} and ${at + 2} swapped`, swapped as readonly Json[])]),
    ];
  });
}

function forbiddenMutants({ script, forbiddenTools, toolsOf }: MutationSource): Mutant[] {
  return forbiddenTools.flatMap((tool) => {
    const agent = Object.keys(script).find((each) => toolsOf.get(each)?.has(tool));
    const args = agent === undefined ? undefined : toolsOf.get(agent)?.get(tool);
    if (agent === undefined || args === undefined) return [];
    const steps = [{ call: tool, args }, ...(script[agent] ?? [])];
    const what = `forbidden call ${tool} of agent "${agent}" added`;
    return [{ what, advice: `keep ${tool} in forbiddenTools`, script: { ...script, [agent]: steps } }];
  });
}

function answerMutants({ script, entry }: MutationSource): Mutant[] {
  const steps = script[entry] ?? [];
  const last = steps.at(-1);
  if (last?.say === undefined || last.say === '' || callsOfStep(last).length > 0) return [];
  return [
    {
      what: 'the answer emptied',
      advice: 'assert what the answer must say: `{ kind: contains, value: … }`',
      script: { ...script, [entry]: [...steps.slice(0, -1), { ...last, say: '' }] },
    },
  ];
}

function withArgs(script: Script, spot: Spot, args: JsonObject): Script {
  return withCalls(script, spot, (calls) =>
    calls.map((call, place) => (place === spot.place ? { ...call, args } : call)),
  );
}

/** A step without a call that says nothing is left out: an agent would take it for its answer. */
function withCalls(script: Script, { agent, step }: Spot, change: (calls: Call[]) => Call[]): Script {
  const steps = (script[agent] ?? []).flatMap((each, index): ScriptStep[] => {
    if (index !== step) return [each];
    const calls = change(callsOfStep(each));
    if (calls.length === 0) return [];
    return [{ ...(each.say !== undefined && { say: each.say }), calls: calls as ScriptStep['calls'] & object }];
  });
  return { ...script, [agent]: steps };
}

type Path = readonly (string | number)[];

function leaves(value: Json, path: Path = []): { readonly path: Path; readonly value: Json }[] {
  if (Array.isArray(value)) return value.flatMap((item, at) => leaves(item, [...path, at]));
  if (isObject(value)) return Object.entries(value).flatMap(([key, item]) => leaves(item, [...path, key]));
  return [{ path, value }];
}

function replaced(value: Json, [key, ...rest]: Path, by: Json): Json {
  if (key === undefined) return by;
  if (Array.isArray(value)) return value.map((item, at) => (at === key ? replaced(item, rest, by) : item));
  if (!isObject(value)) return by;
  return Object.fromEntries(
    Object.entries(value).map(([each, item]) => [each, each === key ? replaced(item, rest, by) : item]),
  );
}

/** Another value of the same type, with nothing left of the first. */
function altered(value: Json): Json {
  if (typeof value === 'number') return Number.isInteger(value) ? value + 1 : Math.round((value + 1) * 100) / 100;
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'string') return value === 'something else' ? 'nothing' : 'something else';
  return 'something else';
}

function same(left: Json | undefined, right: Json | undefined): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

function short(value: Json): string {
  const text = JSON.stringify(value);
  return text.length <= 40 ? text : `${text.slice(0, 39)}…`;
}
