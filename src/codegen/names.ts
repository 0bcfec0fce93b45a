import { isNode, type SchemaNode, type SchemaSet } from './schema-set.ts';

/** A type that gets a name of its own in the generated file. */
export interface Named {
  readonly document: string;
  readonly schema: SchemaNode;
  /** The name it should have; it is changed when another type wants the same. */
  readonly wanted: string;
  /** The name is a promise to users and is never changed. */
  readonly exact: boolean;
  /** What is put before `wanted` to tell it from another document's type. */
  readonly prefix: string;
}

/** `price_change` -> `PriceChange`. Letters and digits of any alphabet; `fallback` when none is left. */
export function pascalCase(text: string, fallback: string): string {
  const words =
    text.normalize('NFC').match(/[\p{L}\p{Nl}][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}]*|\p{Nd}+[\p{L}\p{Nd}]*/gu) ?? [];
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  if (name === '') return fallback;
  return /^\p{Nd}/u.test(name) ? `${fallback}${name}` : name;
}

/**
 * One name for each type. Types of the same shape that want the same name share it; types of different shapes get
 * their prefix, all of them, so that none of them silently changes its meaning when another appears; then a number.
 */
export function assignNames(schemas: SchemaSet, types: readonly Named[]): readonly string[] {
  const taken = new Set(types.filter((type) => type.exact).map((type) => type.wanted));
  const shapes = new Map<string, Set<string>>();
  const shapeOf = types.map((type) => shape(schemas, type));
  types.forEach((type, index) => {
    if (type.exact) return;
    const known = shapes.get(type.wanted) ?? new Set();
    shapes.set(type.wanted, known.add(shapeOf[index] ?? ''));
  });
  const given = new Map<string, string>();
  return types.map((type, index) => {
    if (type.exact) return type.wanted;
    const key = `${type.wanted} ${shapeOf[index]}`;
    const before = given.get(key);
    if (before !== undefined) return before;
    const contested = taken.has(type.wanted) || (shapes.get(type.wanted)?.size ?? 0) > 1;
    const name = free(contested ? `${type.prefix}${type.wanted}` : type.wanted, taken);
    taken.add(name);
    given.set(key, name);
    return name;
  });
}

function free(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  let number = 2;
  while (taken.has(`${name}${number}`)) number++;
  return `${name}${number}`;
}

/** Text that is equal for two schemas exactly when they, and all definitions they refer to, are equal. */
function shape(schemas: SchemaSet, type: Named): string {
  const root = schemas[type.document];
  const definitions = isNode(root) && isNode(root.$defs) ? root.$defs : {};
  const reached = new Map<string, string>();
  const visit = (schema: SchemaNode): string => {
    const text = sorted(schema);
    for (const [, name] of text.matchAll(/"\$ref":"#\/\$defs\/([^"]*)"/g)) {
      const target = definitions[name ?? ''];
      if (name === undefined || reached.has(name) || !isNode(target)) continue;
      reached.set(name, '');
      reached.set(name, visit(target));
    }
    return text;
  };
  const own = visit(type.schema);
  return [own, ...[...reached].sort().flat()].join('\n');
}

/** JSON text with sorted keys. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_, member) =>
    isNode(member) ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1))) : member,
  );
}
