import { isObject, type JsonObject } from '../core/json.ts';
import { bodies, textAt } from './draft.ts';
import type { Names } from './link-scripts.ts';
import { resolveIn } from './prepare-schema.ts';
import { type Forms, formsOf } from './schema-forms.ts';

/** What is known of the arguments of a tool; the body of a plan is one of the plan that they name, or of any. */
export function argsForms(tool: string, args: JsonObject, { draft, inventory }: Names): Forms {
  const input = inventory.inputs.get(tool);
  if (input === undefined) return undefined;
  const forms = formsOf(input, resolveIn(input));
  if (tool !== 'storePlan') return forms;
  const plan = textAt(args, 'specName');
  const known = bodies(draft.plans);
  // Of a plan that could not be read, nothing is known.
  if (known.length < draft.plans.size) return forms;
  const meant = known.filter(([{ name }]) => plan === undefined || !draft.plans.has(plan) || name === plan);
  const body = meant.flatMap(([, , schema]) => (isObject(schema) ? formsOf(schema, resolveIn(schema)) : []));
  return forms.map((form) => ({ ...form, members: new Map([['body', body]]) }));
}
