import { offeredSchema } from '../core/accepts.ts';
import { ToolFailure } from '../core/errors.ts';
import { isObject, type Json, type JsonObject, type JsonSchema, pointer } from '../core/json.ts';
import { suggest } from '../core/nearest.ts';
import { actionsOf, type PlanRecord } from '../core/plan.ts';
import type { Check, CompileSchema } from '../core/ports.ts';
import { type Acceptance, misplacedHandles } from '../core/results.ts';
import type { PlanDesk, Tool } from '../core/tool.ts';
import { lazyCheck } from './check.ts';

/** A plan schema of the app, with the one check that every body of it goes through. */
export interface PlanSpec {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly check: Check;
  /** Where stored results may stand in a body, if they may. */
  readonly accepts?: Acceptance | undefined;
}

const planIdSchema = {
  type: 'string',
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$',
  description: 'Id of the plan: letters, digits, dot, hyphen, underscore. Give the id of a stored plan to replace it.',
} as const;

/** `storePlan`: the model sees the plan's own schema as the schema of `body`. */
export function storePlanTool(specs: readonly PlanSpec[], compile: CompileSchema): Tool {
  const names = specs.map((spec) => spec.name);
  const checkEnvelope = lazyCheck(compile, envelope(names, true));
  return {
    name: 'storePlan',
    description:
      'Check a plan and store it. Nothing happens until the plan is approved and executed. ' +
      'When the body is wrong, the answer lists every problem; correct them all and store again.',
    inputSchema: inputSchema(specs),
    effect: 'write',
    selfGated: true,
    check: (args) => {
      const problems = checkEnvelope(args);
      const spec = specs.find((each) => each.name === args.specName);
      if (problems.length > 0 || !spec || !isObject(args.body)) return problems;
      const misplaced = misplacedHandles(args.body, spec.accepts);
      const found = misplaced.length > 0 ? misplaced : spec.check(args.body);
      return found.map((problem) => ({ ...problem, pointer: `/body${problem.pointer}` }));
    },
    async run(args, { plans }): Promise<Json> {
      const plan = await plans.store({
        specName: String(args.specName),
        planId: typeof args.planId === 'string' ? args.planId : undefined,
        body: args.body as JsonObject,
      });
      const { planId, version, specName, status } = plan;
      return { planId, version, specName, status, actions: actionsOf(plan.body).length };
    },
  };
}

/** `getPlan`: a stored plan with its status. */
export function getPlanTool(compile: CompileSchema): Tool {
  return {
    name: 'getPlan',
    description: 'Read a stored plan: its body, version, status, and its result once it has been executed.',
    inputSchema: byId,
    effect: 'read',
    selfGated: true,
    check: lazyCheck(compile, byId),
    async run(args, { plans }): Promise<Json> {
      const plan = findPlan(plans, String(args.planId));
      const { planId, version, specName, status, body, result } = plan;
      return { planId, version, specName, status, body, ...(result && { result: result as unknown as Json }) };
    },
  };
}

/**
 * `executePlan`: hands the plan's actions to the dispatcher, each once, after approval.
 * @param allowed plan schemas that the agent may execute; all when absent.
 */
export function executePlanTool(compile: CompileSchema, allowed?: readonly string[]): Tool {
  return {
    name: 'executePlan',
    description:
      'Execute a stored plan. It may first have to be approved by a person. Each action is dispatched at most once: ' +
      'executing an executed plan again answers with the first result and does nothing.',
    inputSchema: byId,
    effect: 'write',
    selfGated: true,
    check: lazyCheck(compile, byId),
    async run(args, { plans }): Promise<Json> {
      const plan = findPlan(plans, String(args.planId));
      if (allowed && !allowed.includes(plan.specName)) {
        throw new ToolFailure('plan-not-allowed', `this agent executes ${allowed.join(', ')}, not ${plan.specName}`);
      }
      return (await plans.execute(plan)) as unknown as Json;
    },
  };
}

const byId: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['planId'],
  properties: { planId: { type: 'string', minLength: 1, description: 'Id of the plan.' } },
};

/** @throws ToolFailure with the nearest id */
function findPlan(plans: PlanDesk, planId: string): PlanRecord {
  const plan = plans.get(planId);
  if (plan) return plan;
  const ids = plans.ids();
  const hint = suggest(planId, ids.slice(0, 100)) ?? (ids.length === 0 ? 'no plan is stored yet' : 'store it first');
  throw new ToolFailure('unknown-plan', `there is no plan "${planId}"; ${hint}`);
}

function envelope(names: readonly string[], anyBody: boolean): JsonObject {
  return {
    type: 'object',
    additionalProperties: false,
    required: ['specName', 'body'],
    properties: {
      specName: { type: 'string', enum: names, description: 'Name of the plan schema.' },
      planId: planIdSchema,
      ...(anyBody ? { body: { type: 'object' } } : {}),
    },
  };
}

/** The envelope with the plans' own schemas in it; their `$defs` move to the top, where `#/$defs/…` finds them. */
function inputSchema(specs: readonly PlanSpec[]): JsonSchema {
  const shape = envelope(
    specs.map((spec) => spec.name),
    false,
  );
  const definitions: Record<string, Json> = {};
  const bodies = specs.map((spec) => {
    const { $defs, $schema: _dialect, ...body } = offeredSchema(spec.schema);
    const prefix = specs.length === 1 ? '' : `${spec.name}.`;
    for (const [name, definition] of Object.entries(isObject($defs) ? $defs : {})) {
      definitions[prefix + name] = moveRefs(definition, prefix);
    }
    return moveRefs(body, prefix);
  });
  const body = bodies.length === 1 ? (bodies[0] as Json) : { anyOf: bodies };
  return {
    ...shape,
    properties: { ...(shape.properties as JsonObject), body },
    ...(Object.keys(definitions).length > 0 && { $defs: definitions }),
  };
}

function moveRefs(schema: Json, prefix: string): Json {
  if (prefix === '') return schema;
  if (Array.isArray(schema)) return schema.map((each) => moveRefs(each, prefix));
  if (!isObject(schema)) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => {
      const moved = key === '$ref' && typeof value === 'string' && value.startsWith(refStart);
      return [key, moved ? refStart + prefix + value.slice(refStart.length) : moveRefs(value, prefix)];
    }),
  );
}

const refStart = `#${pointer(['$defs'])}/`;
