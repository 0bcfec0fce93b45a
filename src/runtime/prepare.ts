import type { App } from '../config/app.ts';
import { loadCompiler } from '../config/compile.ts';
import { loadPatterns } from '../config/patterns.ts';
import type { PatternMaker } from '../core/condition.ts';
import type { Check, CompileSchema } from '../core/ports.ts';
import type { Acceptance } from '../core/results.ts';
import { type MemoryStores, memoryStores } from '../store/memory.ts';
import type { PlanSpec } from '../toolkits/plans.ts';
import { type PreparedAgent, planAccepts, planChecks, planSpecs, prepareAgents } from './agents.ts';
import { type Pristine, pristineOf } from './pristine.ts';
import { workspaceOf } from './workspace.ts';

/** What all runtimes of an app can share, since nothing of a run stays in it. */
export interface PreparedApp {
  readonly app: App;
  readonly compile: CompileSchema;
  readonly patterns: PatternMaker;
  readonly specs: ReadonlyMap<string, PlanSpec>;
  readonly planChecks: ReadonlyMap<string, Check>;
  readonly planAccepts: ReadonlyMap<string, Acceptance>;
  readonly agents: ReadonlyMap<string, PreparedAgent>;
  /** For throw-away workspaces. */
  readonly stores: MemoryStores;
  /** What the throw-away workspaces of a name share. */
  pristine(workspace: string): Pristine;
  /** Removes what throw-away workspaces shared. None may be open any more. */
  close(): Promise<void>;
}

/** Compiling takes longer than a scripted run; whoever opens many runtimes of an app prepares it once, and closes it. */
export async function prepareApp(app: App): Promise<PreparedApp> {
  const [compile, patterns] = await Promise.all([loadCompiler(), loadPatterns()]);
  const shared = byText(compile);
  const pattern = once(patterns);
  const specs = planSpecs(app, shared);
  return {
    app,
    compile: shared,
    patterns: pattern,
    specs,
    planChecks: planChecks(specs),
    planAccepts: planAccepts(specs),
    agents: prepareAgents(app, { compile: shared, specs }, pattern),
    stores: memoryStores(),
    ...pristines(app),
  };
}

function pristines(app: App): Pick<PreparedApp, 'pristine' | 'close'> {
  const known = new Map<string, Pristine>();
  // A process that is ended by a second Ctrl-C closes nothing.
  const discard = () => {
    for (const each of known.values()) each.discard();
  };
  return {
    pristine: (name) => {
      if (known.size === 0) process.on('exit', discard);
      const made = known.get(name) ?? pristineOf(app, workspaceOf(app, name));
      known.set(name, made);
      return made;
    },
    close: async () => {
      const all = [...known.values()];
      known.clear();
      process.off('exit', discard);
      await Promise.all(all.map((each) => each.close()));
    },
  };
}

/** Each runtime makes the schemas of its tools anew; equal ones share one check. */
function byText(compile: CompileSchema): CompileSchema {
  const checkOf = once((text: string) => compile(JSON.parse(text)));
  return (schema) => checkOf(JSON.stringify(schema));
}

function once<T>(make: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const made = make(text);
    known.set(text, made);
    return made;
  };
}
