import { isObject, type Json, type JsonSchema } from '../core/json.ts';
import { itemsAt, objectAt } from './draft.ts';
import { follow, type Resolve } from './prepare-schema.ts';
import { typeOf } from './words.ts';

/** A schema without references and unions, as one of those that a value may fit. */
export interface Form {
  readonly schema: JsonSchema;
  readonly resolve: Resolve;
  /** Members that are known better than the schema says. */
  readonly members?: ReadonlyMap<string, Forms>;
}

/** What is known of a value: it fits one of these. Undefined: nothing is known. */
export type Forms = readonly Form[] | undefined;

/** All that a schema comes down to. */
export function formsOf(schema: JsonSchema, resolve: Resolve, depth = 0): readonly Form[] {
  const target = follow(schema, resolve);
  if (target === undefined || depth > 20) return [];
  const branches = ['oneOf', 'anyOf'].flatMap((word) => itemsAt(target, word).map(([, branch]) => branch));
  const inner = branches.filter(isObject).filter((branch) => Object.keys(branch).some((word) => word !== 'required'));
  if (inner.length === 0) return [{ schema: target, resolve }];
  const own = target.properties === undefined ? [] : [{ schema: target, resolve }];
  return [...own, ...inner.flatMap((branch) => formsOf(branch, resolve, depth + 1))];
}

/** Types that the values of a schema have; undefined when it does not say. */
export function typesOf(schema: JsonSchema): readonly string[] | undefined {
  if (schema.type !== undefined) return [schema.type].flat().map(String);
  if (schema.const !== undefined) return [typeOf(schema.const)];
  return Array.isArray(schema.enum) ? schema.enum.map(typeOf) : undefined;
}

/** The forms that values of a type may fit. */
export function ofType(forms: Forms, type: string): Forms {
  return forms?.filter(({ schema }) => typesOf(schema)?.includes(type) ?? true);
}

/** What is known of a member of objects of these forms; none when they cannot have it. */
export function memberForms(forms: Forms, name: string): Forms {
  return union(forms?.map((form) => memberOf(form, name)));
}

/** What is known of the items of lists of these forms. */
export function itemForms(forms: Forms): Forms {
  return union(
    forms?.map(({ schema, resolve }) => (isObject(schema.items) ? formsOf(schema.items, resolve) : undefined)),
  );
}

function union(each: readonly Forms[] | undefined): Forms {
  if (each === undefined) return undefined;
  const known = each.filter((forms) => forms !== undefined);
  return known.length === each.length ? known.flat() : undefined;
}

function memberOf({ schema, resolve, members }: Form, name: string): Forms {
  if (members?.has(name)) return members.get(name);
  const properties = objectAt(schema, 'properties');
  const own = Object.hasOwn(properties, name) ? properties[name] : undefined;
  if (isObject(own)) return formsOf(own, resolve);
  const others = schema.additionalProperties;
  if (isObject(others)) return formsOf(others, resolve);
  return others === false || Object.keys(properties).length > 0 ? [] : undefined;
}

/** Names of all members that the forms declare. */
export function memberNames(forms: readonly Form[]): readonly string[] {
  return [...new Set(forms.flatMap(({ schema }) => Object.keys(objectAt(schema, 'properties'))))];
}

/** Whether some of the forms may have members that they do not declare. */
export function areOpen(forms: readonly Form[]): boolean {
  return forms.some(({ schema }) => schema.additionalProperties !== false);
}

/** The values that are allowed, where every form lists them. */
export function allowedValues(forms: readonly Form[]): readonly Json[] | undefined {
  const each = forms.map(({ schema }) => {
    if (schema.const !== undefined) return [schema.const];
    return Array.isArray(schema.enum) ? (schema.enum as readonly Json[]) : undefined;
  });
  return each.every((values) => values !== undefined) ? each.flat() : undefined;
}
