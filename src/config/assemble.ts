import { dirname } from 'node:path';
import type { Problem } from '../core/errors.ts';
import { type JsonObject, type JsonSchema, pointer } from '../core/json.ts';
import { statefulByDefault } from '../core/roles.ts';
import type {
  AgentConfig,
  AppConfig,
  Approvals,
  BudgetConfig,
  CatalogConfig,
  ContextConfig,
  DispatcherConfig,
  ProviderConfig,
  ResultsConfig,
  ToolkitConfig,
  WorkspaceConfig,
} from '../generated/config.ts';
import type { AgentDefinition, App, DeclaredCatalog, WorkspaceDefinition } from './app.ts';
import { bodies, type Definitions, type Draft, objectAt, type Report, textAt, textsAt } from './draft.ts';
import type { Part } from './finding.ts';
import { entryOf } from './link-routes.ts';
import { defaultWorkspaceOf } from './link-workspaces.ts';
import { resolveFile } from './paths.ts';
import type { Reader } from './reader.ts';
import { placeOf } from './source.ts';
import { type Path, quote } from './words.ts';

/** The files that definitions name: prompts by agent, seeds and databases by workspace, and those of the dispatcher. */
export interface Attachments {
  readonly prompts: ReadonlyMap<string, string>;
  readonly databases: ReadonlyMap<string, Database>;
  readonly dispatcher: ReadonlyMap<string, string>;
}

/** Finds the files that definitions name, and reads the prompts. */
export function readAttachments(draft: Draft, reader: Reader, report: Report): Attachments {
  const find: Find = (part, written, path) => {
    const resolved = resolveFile(written, dirname(part.source.file), draft.folder);
    if ('path' in resolved) return resolved.path;
    report(part, { ...resolved, path });
    return undefined;
  };
  const prompts = bodies(draft.agents).flatMap(([{ name }, part]): [string, string][] => {
    const prompt = readPrompt(part, find, reader, report);
    return prompt === undefined ? [] : [[name, prompt]];
  });
  const databases = bodies(draft.workspaces).map(([{ name }, part]) => [name, findDatabase(part, find)] as const);
  return { prompts: new Map(prompts), databases: new Map(databases), dispatcher: dispatcherFiles(draft, find) };
}

type Find = (part: Part, written: string, path: Path) => string | undefined;
type Database = Pick<WorkspaceDefinition, 'seedFile' | 'databaseFile'>;

function readPrompt(part: Part, find: Find, reader: Reader, report: Report): string | undefined {
  const written = textAt(part.value, 'promptFile');
  if (written === undefined) return textAt(part.value, 'prompt');
  const path = ['promptFile'];
  const file = find(part, written, path);
  const text = file === undefined ? undefined : reader.text(file);
  if (text?.trim() === '') {
    report(part, { code: 'empty-file', message: `the prompt file ${quote(written)} is empty`, path });
  }
  return text;
}

function findDatabase(part: Part, find: Find): Database {
  const target = objectAt(objectAt(part.value, 'dataEnvironment'), 'targetDatabase');
  const path = ['dataEnvironment', 'targetDatabase'];
  const seed = textAt(target, 'seed');
  const file = textAt(target, 'file');
  if (seed !== undefined) return { seedFile: find(part, seed, [...path, 'seed']), databaseFile: undefined };
  const databaseFile = file === undefined ? undefined : find(part, file, [...path, 'file']);
  return { seedFile: undefined, databaseFile };
}

/** The module of a dispatcher, and what of a program and its arguments begins like a path. */
function dispatcherFiles({ dispatcher }: Draft, find: Find): Attachments['dispatcher'] {
  const files = new Map<string, string>();
  const part = dispatcher?.part;
  if (!part) return files;
  const file = textAt(part.value, 'file');
  const words = ['command', 'lookup'].flatMap((key) =>
    textsAt(part.value, key).map(([index, text]) => ({ text, path: [key, index] })),
  );
  const paths = words.filter(({ text }) => /^\.{1,2}\//.test(text));
  for (const { text, path } of [...(file === undefined ? [] : [{ text: file, path: ['file'] }]), ...paths]) {
    const found = find(part, text, path);
    if (found !== undefined) files.set(text, found);
  }
  return files;
}

/** The app of a draft without errors. */
export function assemble(draft: Draft, root: string, { prompts, databases, dispatcher }: Attachments): App {
  const config = draft.app.value as unknown as AppConfig;
  return {
    name: config.name,
    description: config.description ?? '',
    dir: draft.folder,
    root,
    entry: entryOf(draft) ?? '',
    defaultWorkspace: defaultWorkspaceOf(draft) ?? '',
    providers: valuesOf<ProviderConfig>(draft.providers),
    secrets: config.secrets,
    models: dictionary(Object.entries(config.models)),
    agents: dictionary(
      bodies(draft.agents).map(([{ name }, , value]) => [name, agentOf(value, prompts.get(name) ?? '')]),
    ),
    plans: valuesOf<JsonSchema>(draft.plans),
    toolkits: valuesOf<ToolkitConfig>(draft.toolkits),
    catalog: catalogOf(draft),
    dispatcher: (draft.dispatcher?.part?.value ?? mock) as unknown as DispatcherConfig,
    dispatcherFiles: dictionary([...dispatcher]),
    locateDispatcher: (path) => locateIn(draft.dispatcher?.part ?? draft.app, path),
    approvals: config.approvals as Approvals,
    results: config.results as ResultsConfig,
    budget: config.budget as BudgetConfig,
    context: config.context as ContextConfig,
    workspaces: dictionary(
      bodies(draft.workspaces).map(([{ name }, , value]) => {
        const files = databases.get(name) ?? { seedFile: undefined, databaseFile: undefined };
        return [name, { ...(value as unknown as WorkspaceConfig), ...files }];
      }),
    ),
  };
}

function catalogOf({ app, catalog }: Draft): DeclaredCatalog {
  const part = catalog?.part ?? app;
  return {
    entries: catalog?.part ? (part.value as unknown as CatalogConfig).entries : [],
    locate: (index, path) => locateIn(part, ['entries', index, ...path]),
  };
}

function locateIn({ base, source }: Part, path: Path): Required<Pick<Problem, 'pointer' | 'place'>> {
  const whole = [...base, ...path];
  return { pointer: pointer(whole), place: placeOf(source, whole, 'value') };
}

const mock: DispatcherConfig = { kind: 'mock', results: {}, delayMs: 0 };

function agentOf(value: JsonObject, prompt: string): AgentDefinition {
  const { promptFile: _file, ...config } = value as unknown as AgentConfig;
  return { ...config, prompt, stateful: config.stateful ?? statefulByDefault(config.role) };
}

function valuesOf<T>(definitions: Definitions): Readonly<Record<string, T>> {
  return dictionary(bodies(definitions).map(([{ name }, , value]) => [name, value as unknown as T]));
}

/** An object without a prototype, so that a name such as `constructor` finds nothing that was not put there. */
function dictionary<T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
  return Object.assign(Object.create(null) as Record<string, T>, Object.fromEntries(entries));
}
