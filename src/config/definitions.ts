import { dirname } from 'node:path';
import { isObject, type Json } from '../core/json.ts';
import { checkFile, type SchemaName, slips } from './check.ts';
import { type Definition, type Definitions, type Draft, memberAt, objectAt, type Report } from './draft.ts';
import type { Finding, Part } from './finding.ts';
import { lintPlan, lintToolkit } from './lint-definitions.ts';
import { resolveFile } from './paths.ts';
import type { Reader } from './reader.ts';
import { rename, type Source } from './source.ts';
import { type Path, quote } from './words.ts';

/** Which key of app.yaml holds definitions of which kind. */
const slots = {
  agents: 'agent',
  plans: 'plan',
  toolkits: 'toolkit',
  providers: 'provider',
  workspaces: 'workspace',
} as const satisfies Record<string, SchemaName>;

/** Keys of app.yaml that hold one definition, of the kind of the same name. */
const singles = ['dispatcher', 'catalog'] as const satisfies readonly SchemaName[];

/**
 * Checks app.yaml and each definition by its own schema, wherever it is written: in app.yaml, or in a file that
 * app.yaml names. Defaults are filled in.
 */
export function readDefinitions(source: Source, reader: Reader, report: Report): Draft {
  const folder = dirname(source.file);
  const app: Part = { source, base: [], subject: 'the app', value: source.value };
  checkApp(app, report);
  const read = (name: string, written: Written): Definition => {
    return { name, path: written.path, part: readDefinition({ app, folder, reader, report }, written) };
  };
  const all = (slot: keyof typeof slots): Definitions => {
    const kind = slots[slot];
    const definition = ([name, value]: [string, Json]): [string, Definition] => {
      return [name, read(name, { subject: `${kind} ${quote(name)}`, path: [slot, name], value, kind })];
    };
    return new Map(Object.entries(objectAt(app.value, slot)).map(definition));
  };
  const single = (name: (typeof singles)[number]): Definition | undefined => {
    const value = memberAt(app.value, name);
    return value === undefined ? undefined : read(name, { subject: `the ${name}`, path: [name], value, kind: name });
  };
  return {
    app,
    folder,
    agents: all('agents'),
    plans: all('plans'),
    toolkits: all('toolkits'),
    providers: all('providers'),
    workspaces: all('workspaces'),
    dispatcher: single('dispatcher'),
    catalog: single('catalog'),
  };
}

/** Each definition that is written in app.yaml stands for a path here: it has a schema of its own to answer to. */
function checkApp(app: Part, report: Report): void {
  if (!isObject(app.value)) {
    checkPart('app', app, report);
    return;
  }
  const stub = (value: Json): Json => (isObject(value) ? './elsewhere.yaml' : value);
  const stubbed: Record<string, Json> = { ...app.value };
  for (const slot of Object.keys(slots)) {
    const definitions = stubbed[slot];
    if (!isObject(definitions)) continue;
    stubbed[slot] = Object.fromEntries(Object.entries(definitions).map(([name, value]) => [name, stub(value)]));
  }
  for (const key of singles) {
    const definition = stubbed[key];
    if (definition !== undefined) stubbed[key] = stub(definition);
  }
  checkPart('app', { ...app, value: stubbed }, report);
  const value = app.value as Record<string, Json>;
  for (const [key, filled] of Object.entries(stubbed)) if (!Object.hasOwn(value, key)) value[key] = filled;
}

interface Place {
  readonly app: Part;
  readonly folder: string;
  readonly reader: Reader;
  readonly report: Report;
}

interface Written {
  readonly subject: string;
  readonly path: Path;
  readonly value: Json;
  readonly kind: SchemaName;
}

function readDefinition({ app, folder, reader, report }: Place, written: Written): Part | undefined {
  const { subject, path, value, kind } = written;
  // Anything else was refused with app.yaml.
  if (isObject(value)) return checkDefinition(kind, { source: app.source, base: path, subject, value }, report);
  if (typeof value !== 'string') return undefined;
  const resolved = resolveFile(value, folder, folder);
  if (!('path' in resolved)) {
    report(app, { ...resolved, path });
    return undefined;
  }
  const source = reader.yaml(resolved.path);
  return source && checkDefinition(kind, { source, base: [], subject, value: source.value }, report);
}

function checkDefinition(kind: SchemaName, part: Part, report: Report): Part {
  const findings = checkPart(kind, part, report);
  if (kind === 'plan') lintPlan(part, findings, report);
  if (kind === 'toolkit') lintToolkit(part, findings, report);
  return part;
}

/** Checks a part by its schema. What was misspelled can afterwards be found under the name that was meant. */
export function checkPart(schema: SchemaName, part: Part, report: Report): readonly Finding[] {
  const findings = checkFile(schema, part.value, part.subject);
  for (const finding of findings) report(part, finding);
  for (const { path, from, to } of slips(findings)) rename(part.source, [...part.base, ...path], from, to);
  return findings;
}
