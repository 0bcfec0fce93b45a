import { HarnessError } from '../core/errors.ts';
import { banner } from './config-types.ts';
import { expression } from './literal.ts';
import { pascalCase } from './names.ts';
import { follow, isNode, type Located, nodesOf, type SchemaNode, type SchemaSet } from './schema-set.ts';
import { generateTypes, type PartName } from './types.ts';

/** A plan schema whose actions stand in one union, and the names around it. */
interface Prepared {
  readonly name: string;
  readonly schema: SchemaNode;
  /** What its action union is called. */
  readonly union: string;
  readonly parts: readonly (readonly [SchemaNode, PartName])[];
}

/**
 * The text of an app's `generated/plans.ts`: for each plan schema its interface, one interface for each action kind,
 * their union, and a guard. Equal schemas give equal text, whatever the order of their keys.
 * @throws HarnessError `invalid-files` when a schema has no actions, or a `$ref` leads nowhere.
 */
export async function generatePlans(given: SchemaSet): Promise<string> {
  const names = Object.keys(given).sort();
  // Schemas are told apart by identity, and YAML anchors let two plans share one object.
  const plans = Object.fromEntries(names.map((name) => [name, structuredClone(given[name] ?? {})]));
  const unions = unionNames(names);
  const prepared = [...unions].map(([name, union]) => prepare(plans, name, union));
  const schemas = Object.fromEntries(prepared.map(({ name, schema }) => [name, schema]));
  const types = await generateTypes({
    schemas,
    roots: Object.fromEntries(prepared.map(({ name }) => [name, name])),
    parts: new Map(prepared.flatMap(({ parts }) => parts)),
    prefixes: Object.fromEntries(prepared.map(({ name, union }) => [name, union.replace(/Action$/, '')])),
    defaultsAreFilled: false,
  });
  const guards = prepared.map(({ name }) => guard(name, plans[name] ?? {}));
  return [banner, "import { planGuard } from 'harness';\n", types.text, ...guards].join('\n');
}

/** `CatalogActionPlan` -> `CatalogAction`, by plan name. Two plans that would share a name both get a longer one. */
function unionNames(names: readonly string[]): ReadonlyMap<string, string> {
  const short = (name: string) => `${name.replace(/Plan$/, '').replace(/Action$/, '')}Action`;
  const taken = new Set(names);
  const wanted = names.map(short);
  const contested = (name: string) => taken.has(name) || wanted.filter((other) => other === name).length > 1;
  return new Map(
    names.map((name) => {
      let union = contested(short(name)) ? `${name}Action` : short(name);
      while (taken.has(union)) union = `${union}Action`;
      taken.add(union);
      return [name, union];
    }),
  );
}

function prepare(plans: SchemaSet, name: string, union: string): Prepared {
  if (!/^[A-Z][A-Za-z0-9]*$/.test(name)) {
    throw new HarnessError('invalid-files', `plan "${name}" has no name that TypeScript can use`, {
      hint: 'a capital letter, then letters and digits',
    });
  }
  const root: Located = { document: name, path: [], schema: plans[name] ?? {} };
  const properties = isNode(root.schema.properties) ? root.schema.properties : {};
  const actions = at(plans, root, properties.actions);
  const items = at(plans, root, actions?.items);
  if (actions === undefined || items === undefined) {
    throw new HarnessError('invalid-files', `plan "${name}" has no array "actions" with a schema for its items`);
  }
  const listed = [...nodesOf(items.oneOf), ...nodesOf(items.anyOf)];
  const members = listed.length > 0 ? listed : [items];
  const choice: SchemaNode = { ...description(items, listed.length > 0), oneOf: members };
  const schema = { ...root.schema, properties: { ...properties, actions: { ...actions, items: choice } } };
  const named = members.flatMap((member, index) => memberName(plans, root, member, index));
  return { name, schema, union, parts: [[choice, { wanted: union, exact: true }], ...named] };
}

/** An action that is written in its place is called by its kind, unless it has a title. */
function memberName(plans: SchemaSet, root: Located, member: SchemaNode, index: number): [SchemaNode, PartName][] {
  if (typeof member.$ref === 'string' || typeof member.title === 'string') return [];
  const properties = isNode(member.properties) ? member.properties : {};
  const kind = at(plans, root, properties.kind)?.const;
  const wanted = typeof kind === 'string' ? pascalCase(kind, 'Action') : `Action${index + 1}`;
  return [[member, { wanted, exact: false }]];
}

function at(plans: SchemaSet, root: Located, schema: unknown): SchemaNode | undefined {
  return isNode(schema) ? follow(plans, { ...root, schema }).schema : undefined;
}

/** The description belongs to the union where there is one, else to its only member. */
function description(items: SchemaNode, isUnion: boolean): SchemaNode {
  return isUnion && items.description !== undefined ? { description: items.description } : {};
}

/** The schema stands in the call, where its type is known: on its own tsc would make a stricter one of it. */
function guard(name: string, schema: SchemaNode): string {
  return [
    `/** Whether a value is a ${name}, in every detail of its schema. */`,
    `export const is${name} = planGuard<${name}>(${expression(schema, 110)});\n`,
  ].join('\n');
}
