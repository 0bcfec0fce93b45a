import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { App } from '../../config/app.ts';
import { loadCaseFile } from '../../config/load.ts';
import { createFile } from '../../config/write-file.ts';
import { schemaLine, yamlText } from '../../config/yaml-text.ts';
import { type ExitCode, exits, HarnessError } from '../../core/errors.ts';
import type { Event } from '../../core/event.ts';
import type { JsonObject } from '../../core/json.ts';
import { redactor } from '../../core/redact.ts';
import { caseOfRun } from '../../evals/case-of-run.ts';
import { unrepeatable } from '../../evals/unrepeatable.ts';
import { secretsOf } from '../../runtime/keys.ts';
import { note, print, printJson } from '../console.ts';
import { loadForUse } from '../load.ts';
import { findRun, type RecordOptions, withRecords } from '../runs.ts';

export interface AddOptions extends RecordOptions {
  /** Id of the case. Default: the first words of the prompt. */
  readonly id?: string;
  /** Its file. Default: `evals/<app's folder>/<id>.yaml`. */
  readonly out?: string;
}

/** `harness eval add <run>`: an eval case that holds later runs to what a stored run did, for its user to edit. */
export async function evalAdd(runId: string, options: AddOptions): Promise<ExitCode> {
  return withRecords(options, async (app, records) => {
    const { id, file, notes } = await addCase(app, findRun(runId, records), options);
    if (options.json) printJson({ id, file });
    else print(`wrote ${file}`);
    for (const line of notes) note(line);
    return exits.ok;
  });
}

/** A stored run, with the record that holds it. */
export type FoundRun = ReturnType<typeof findRun>;

/** A case that was written: its file from the current folder, and what there is to say about it. */
export interface AddedCase {
  readonly id: string;
  readonly file: string;
  readonly notes: readonly string[];
}

/** @throws HarnessError `invalid-usage` for a run of which no case can be made, and for an id or a file that is taken */
export async function addCase(app: App, found: FoundRun, options: Pick<AddOptions, 'id' | 'out'>): Promise<AddedCase> {
  const { run, workspace } = found;
  const events = repeatable(found);
  const id = options.id ?? idFrom(run.prompt, run.runId);
  const file = options.out === undefined ? join(evalsFolder(app), `${id}.yaml`) : resolve(options.out);
  await checkFree(app, id, file);
  const text = textOf(app, file, caseFrom(app, { id, workspace, events, runId: run.runId }));
  await checkText(app, run.runId, text);
  if (!createFile(file, text)) throw taken(file);
  const folder = evalsFolder(app);
  const next =
    dirname(file) === folder
      ? `edit it to what has to hold, then: harness eval ${id}`
      : `harness eval finds cases in ${shown(folder)}; put it there to have it run`;
  return { id, file: shown(file), notes: [...earlierNote(found), next] };
}

/** The id that a run's case gets. @throws HarnessError `invalid-usage` for a run of which no case can be made */
export function caseIdOf(found: FoundRun): string {
  repeatable(found);
  return idFrom(found.run.prompt, found.run.runId);
}

/** @returns the run's events. @throws HarnessError `invalid-usage` */
function repeatable({ store, run }: FoundRun): readonly Event[] {
  const events = store.events(run.runId);
  const obstacle = unrepeatable(events);
  if (obstacle) throw refused(run.runId, obstacle.message, obstacle.hint);
  return events;
}

/** Where `harness eval` looks for the cases of an app. */
function evalsFolder(app: App): string {
  return join(app.root, 'evals', basename(app.dir));
}

/** The first words of the prompt: `lower-p-001-to-6-49`. */
function idFrom(prompt: string, runId: string): string {
  const words = prompt.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  const id = words
    .slice(0, 6)
    .join('-')
    .slice(0, 48)
    .replace(/^[^a-z]+|-+$/g, '');
  return id === '' ? `run-${runId}` : id;
}

async function checkFree(app: App, id: string, file: string): Promise<void> {
  if (!/^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(id)) {
    throw new HarnessError('invalid-usage', `${JSON.stringify(id)} is no id of a case`, {
      hint: 'an id is a letter, then letters, digits, hyphens and underscores; at most 64 (--id)',
    });
  }
  if (!/\.ya?ml$/.test(file) || /\.cassette\.ya?ml$/.test(file)) {
    throw new HarnessError('invalid-usage', `${shown(file)} cannot be a file of eval cases`, {
      hint: 'its name ends in .yaml (--out)',
    });
  }
  if (existsSync(file)) throw taken(file);
  const { cases } = await loadForUse(app.dir);
  const twin = cases.find((each) => each.id === id);
  if (!twin) return;
  throw new HarnessError('invalid-usage', `there is an eval case "${id}" already, in ${shown(twin.file)}`, {
    hint: 'choose another id (--id)',
  });
}

function taken(file: string): HarnessError {
  return new HarnessError('invalid-usage', `${shown(file)} exists, and is left as it is`, {
    hint: 'choose another name (--id or --out)',
  });
}

/** Agents of a run do not see the runs before it, but its user may have spoken of them. */
function earlierNote({ store, run }: FoundRun): string[] {
  const earlier = store.runs({ session: run.session }).filter((each) => each.startedAt < run.startedAt).length;
  if (earlier === 0) return [];
  return [`the run's session has ${earlier} earlier ${earlier === 1 ? 'run' : 'runs'}, which the case does not repeat`];
}

interface Source {
  readonly id: string;
  readonly workspace: string;
  readonly runId: string;
  readonly events: readonly Event[];
}

function caseFrom(app: App, { id, workspace, runId, events }: Source): JsonObject {
  const start = events.find((event) => event.type === 'run.started');
  const definition = caseOfRun(events, {
    id,
    description: `Run ${runId} of ${start?.at.slice(0, 10) ?? 'an unknown day'}, as it was.`,
    workspace,
    ...(start && start.data.agent !== app.entry && { agent: start.data.agent }),
    hasPlans: Object.keys(app.plans).length > 0,
  });
  return redactor(secretsOf(app, process.env)).json(definition);
}

function textOf(app: App, file: string, definition: JsonObject): string {
  const inline = (keys: readonly string[]) => keys.length === 1 && keys[0] === 'expectedAgents';
  return schemaLine(file, app.root, 'eval.schema.json') + yamlText(definition, { inline });
}

/** What is written has to be a case that can be run. */
async function checkText(app: App, runId: string, text: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'harness-'));
  try {
    const file = join(folder, 'case.yaml');
    writeFileSync(file, text);
    const { problems } = await loadCaseFile(file, app);
    const error = problems.find((problem) => problem.severity === 'error');
    if (error) throw refused(runId, error.message, error.hint);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function refused(runId: string, message: string, hint?: string): HarnessError {
  return new HarnessError(
    'invalid-usage',
    `run ${runId} cannot become a case: ${message}`,
    hint === undefined ? {} : { hint },
  );
}

function shown(file: string): string {
  const path = relative(process.cwd(), file).replaceAll('\\', '/');
  return path.startsWith('../../') ? file : path;
}
