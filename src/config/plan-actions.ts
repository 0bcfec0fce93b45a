import { acceptsAt } from '../core/accepts.ts';
import { isObject, type JsonSchema } from '../core/json.ts';
import { itemsAt, objectAt, textAt, textsAt } from './draft.ts';
import type { Finding } from './finding.ts';
import type { SchemaAt } from './lint-schema.ts';
import { definitionName, follow, type Resolve, resolveIn } from './prepare-schema.ts';
import { label, type Path, quote } from './words.ts';

/** The action kinds of a plan schema, and what is wrong with the way it declares them. */
export interface PlanActions {
  readonly kinds: readonly string[];
  /** The schema of each kind's actions. */
  readonly actions: ReadonlyMap<string, JsonSchema>;
  readonly findings: readonly Finding[];
}

const form = 'actions is a list of objects, each with its own constant kind: properties: { kind: { const: … } }';

/** @param root a plan schema whose keywords were checked */
export function planActions(root: JsonSchema, subject: string): PlanActions {
  const resolve = resolveIn(root);
  const written = objectAt(root, 'properties').actions;
  const actions = isObject(written) ? locate({ schema: written, path: ['properties', 'actions'] }, resolve) : undefined;
  // A missing "actions", and a reference to nothing, have been reported.
  if (actions === undefined) return { kinds: [], actions: new Map(), findings: [] };
  const findings: Finding[] = [];
  if (!requires(root, 'actions')) {
    const message = `"actions" is not required in ${subject}; a plan without actions does nothing`;
    findings.push({
      code: 'bad-actions',
      message,
      hint: 'required: [actions]',
      path: ['properties', 'actions'],
      at: 'key',
    });
  }
  if ([['actions'], ['actions', 0], ['actions', 0, 'kind']].some((place) => acceptsAt(root, place))) {
    const message = `a stored result cannot stand for "actions" of ${subject}, for an action or for its kind`;
    const hint = 'put x-accepts on a member of the action: a plan says itself what is to be done';
    findings.push({ code: 'bad-actions', message, hint, path: ['properties', 'actions'], at: 'key' });
  }
  const { items } = actions.schema;
  if (actions.schema.type !== 'array' || !isObject(items)) {
    const message = `"actions" of ${subject} must be of type array, with items`;
    findings.push({ code: 'bad-actions', message, hint: form, path: ['properties', 'actions'], at: 'key' });
    return { kinds: [], actions: new Map(), findings };
  }
  const members = membersOf({ schema: items, path: [...actions.path, 'items'] }, resolve);
  const kinds = new Map<string, JsonSchema>();
  for (const member of members) {
    const finding = lintMember(member, kinds, subject);
    if (finding) findings.push(finding);
  }
  return { kinds: [...kinds.keys()], actions: kinds, findings };
}

/** The schemas of single actions: the items themselves, or each branch of their `oneOf`. */
function membersOf(items: SchemaAt, resolve: Resolve): readonly SchemaAt[] {
  const target = locate(items, resolve);
  if (target === undefined) return [];
  const branches = itemsAt(target.schema, 'oneOf');
  if (branches.length === 0) return [target];
  return branches.flatMap(([index, branch]) => {
    const at = isObject(branch)
      ? locate({ schema: branch, path: [...target.path, 'oneOf', index] }, resolve)
      : undefined;
    return at ? [at] : [];
  });
}

function lintMember({ schema, path }: SchemaAt, kinds: Map<string, JsonSchema>, subject: string): Finding | undefined {
  const name = label(path, subject);
  const kindPath = [...path, 'properties', 'kind'];
  if (schema.type !== 'object') {
    return {
      code: 'bad-actions',
      message: `an action must be of type object, in ${name}`,
      hint: form,
      path,
      at: 'key',
    };
  }
  const kind = objectAt(schema, 'properties').kind;
  if (kind === undefined) {
    return { code: 'missing-kind', message: `the action has no kind, in ${name}`, hint: form, path, at: 'key' };
  }
  const value = textAt(kind, 'const');
  if (value === undefined || value === '') {
    const message = `the kind of an action must be a constant string, in ${name}`;
    return { code: 'kind-not-constant', message, hint: 'kind: { const: … }', path: kindPath, at: 'key' };
  }
  if (kinds.has(value)) {
    const message = `two actions of ${subject} have the kind ${quote(value)}`;
    return { code: 'duplicate-kind', message, path: [...kindPath, 'const'] };
  }
  kinds.set(value, schema);
  if (requires(schema, 'kind')) return undefined;
  const message = `"kind" must be required in ${name}`;
  return { code: 'kind-not-required', message, hint: 'required: [kind, …]', path: kindPath, at: 'key' };
}

function requires(schema: JsonSchema, name: string): boolean {
  return textsAt(schema, 'required').some(([, each]) => each === name);
}

/** Where a schema really stands, once its references are followed. */
function locate(at: SchemaAt, resolve: Resolve): SchemaAt | undefined {
  const schema = follow(at.schema, resolve);
  if (schema === undefined || schema === at.schema) return schema && at;
  let path: Path = at.path;
  for (let here: JsonSchema | undefined = at.schema; here !== undefined && typeof here.$ref === 'string'; ) {
    path = ['$defs', definitionName(here.$ref) ?? ''];
    here = resolve(here.$ref);
  }
  return { schema, path };
}
