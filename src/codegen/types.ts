import { assignNames, type Named, pascalCase } from './names.ts';
import { print } from './print.ts';
import { isNode, type Located, type SchemaNode, type SchemaSet } from './schema-set.ts';
import { bodyOf, type ViewOptions } from './view.ts';

export interface TypesOptions {
  readonly schemas: SchemaSet;
  /** The documents to print, with the exact name of each one's own type. */
  readonly roots: Readonly<Record<string, string>>;
  /** Names of parts of these documents. */
  readonly parts?: ReadonlyMap<SchemaNode, PartName>;
  /** Put before a type's name when another document has a different type of that name. */
  readonly prefixes?: Readonly<Record<string, string>>;
  /** Members with a `default` are always there, because the checker fills them in. */
  readonly defaultsAreFilled: boolean;
}

export interface PartName {
  readonly wanted: string;
  /** Never changed, even if another type wants the same name. */
  readonly exact: boolean;
}

export interface GeneratedTypes {
  /** Formatted declarations, without a banner. */
  readonly text: string;
  /** The name that a schema of the set was given; undefined when it has none of its own. */
  readonly nameOf: (schema: SchemaNode) => string | undefined;
}

/**
 * TypeScript declarations of JSON Schemas: one for each document, each `$defs` entry that is used, and each object or
 * union with a title, under its title. Equal schemas give equal text, whatever the order of their keys.
 * @throws HarnessError `invalid-files` when a `$ref` leads nowhere.
 */
export async function generateTypes(options: TypesOptions): Promise<GeneratedTypes> {
  const stem = unusedWord(options);
  const found = new Map<SchemaNode, Located & Named & { readonly word: string }>();
  const reference = (place: Located): string | undefined => {
    const known = found.get(place.schema);
    if (known !== undefined) return known.word;
    const name = nameAt(options, place);
    if (name === undefined) return undefined;
    const word = `${stem}${found.size}`;
    found.set(place.schema, { ...place, ...name, prefix: options.prefixes?.[place.document] ?? '', word });
    return word;
  };
  for (const document of Object.keys(options.roots).sort()) {
    const schema = options.schemas[document];
    if (schema !== undefined) reference({ document, path: [], schema });
  }
  const viewing: ViewOptions = { ...options, reference };
  // The map grows while it is walked: the view of one type finds the types it refers to.
  const views = [];
  for (const place of found.values()) views.push({ word: place.word, view: bodyOf(viewing, place) });
  const names = assignNames(options.schemas, [...found.values()]);
  const named = new Map([...found.keys()].map((schema, index) => [schema, names[index]]));
  const declarations = views.map((view, index) => ({ ...view, name: names[index] ?? view.word }));
  return { text: await print(stem, declarations), nameOf: (schema) => named.get(schema) };
}

/** The name that a schema asks for by where it stands, or by its title. */
function nameAt(options: TypesOptions, place: Located): PartName | undefined {
  const { document, path, schema } = place;
  const part = options.parts?.get(schema);
  if (part !== undefined) return part;
  const root = path.length === 0 && Object.hasOwn(options.roots, document) ? options.roots[document] : undefined;
  if (root !== undefined) return { wanted: root, exact: true };
  const standing = nameOfPlace(path, document);
  const text = titleOf(schema, standing !== undefined) ?? standing;
  return text === undefined ? undefined : { wanted: pascalCase(text, 'Type'), exact: false };
}

/** Within another schema, titles name objects and unions; on single values they are only captions. */
function titleOf(schema: SchemaNode, stands: boolean): string | undefined {
  return typeof schema.title === 'string' && (stands || isCompound(schema)) ? schema.title : undefined;
}

/** The name that a place gives: of a document, or of a definition. */
function nameOfPlace(path: readonly string[], document: string): string | undefined {
  if (path.length === 0) return document;
  return path.length === 2 && path[0] === '$defs' ? path[1] : undefined;
}

function isCompound(schema: SchemaNode): boolean {
  return isNode(schema.properties) || [schema.oneOf, schema.anyOf, schema.enum].some(Array.isArray);
}

/** A word that occurs nowhere in the schemas. */
function unusedWord(options: TypesOptions): string {
  const text = JSON.stringify(options.schemas);
  let word = 'HarnessType';
  while (text.includes(word)) word += 'X';
  return word;
}
