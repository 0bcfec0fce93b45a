import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { generatePlans } from '../../codegen/plans.ts';
import { type ExitCode, exits, HarnessError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { copyDatabase } from '../../data/copy.ts';
import { interruptible } from '../interrupt.ts';
import { loadForUse } from '../load.ts';
import { type Answers, nameFor, wrongName } from './answers.ts';
import { askFor, type Given } from './ask.ts';
import { checkApp, checkFolder, openDraft, type Placed } from './place.ts';
import { printMade } from './report.ts';
import { readSource, writtenPath } from './source-database.ts';
import { type Files, fillTemplates, schemaFiles } from './templates.ts';

export interface InitOptions {
  readonly name?: string;
  /** An SQLite file that the app starts from. */
  readonly database?: string;
  /** Ask nothing. */
  readonly yes?: boolean;
  /** Also into a folder that holds files. */
  readonly force?: boolean;
  readonly json?: boolean;
}

/** `harness init [folder]`: a small app that is complete. Asks what is not given, where a person can answer. */
export async function init(word: string | undefined, options: InitOptions): Promise<ExitCode> {
  const answers = await answersFor(word, options);
  checkFolder(answers.folder, options.force === true);
  checkApp(answers.folder, answers.name);
  const draft = openDraft(answers.folder);
  const abort = interruptible('nothing of it stays', async () => draft.discard());
  let placed: Placed;
  try {
    await write(answers, draft.folder);
    abort.check();
    placed = draft.place();
  } finally {
    draft.discard();
    abort.done();
  }
  printMade(answers, placed, options.json === true);
  return exits.ok;
}

async function answersFor(word: string | undefined, options: InitOptions): Promise<Answers> {
  const given = givenBy(word, options);
  if (!options.yes && !options.json && process.stdin.isTTY && process.stderr.isTTY) return askFor(given);
  const { folder, name, database } = given;
  if (folder !== undefined) return { folder, name: name ?? nameFor(folder), database };
  throw new HarnessError('invalid-usage', 'harness init needs a folder', { hint: 'harness init <folder>' });
}

/** What the command line says. It is looked at before anything is asked. */
function givenBy(word: string | undefined, { name, database, force = false }: InitOptions): Given {
  if (name !== undefined) checkName(name);
  const folder = word === undefined ? undefined : resolve(word);
  if (folder !== undefined) checkFolder(folder, force);
  if (folder !== undefined && name !== undefined) checkApp(folder, name);
  const file = database === undefined ? undefined : writtenPath(database);
  if (file !== undefined) readSource(file);
  return { folder, name, database: file, force };
}

function checkName(name: string): void {
  const wrong = wrongName(name);
  if (wrong === undefined) return;
  throw new HarnessError('invalid-usage', `${JSON.stringify(name)} is no name for an app`, {
    hint: `--name: ${wrong}`,
  });
}

/** Writes a whole project into a folder that nobody knows of yet. */
async function write({ folder, name, database }: Answers, draft: string): Promise<void> {
  const schemas = schemaFiles(folder);
  const values = { name, schemas: schemas.folder };
  writeFiles(draft, schemas.files);
  const app = join(draft, 'apps', name);
  if (database === undefined) {
    writeFiles(draft, fillTemplates(folder, ['common', 'sample'], name, values));
  } else {
    const copy = `data/${copyName(database)}`;
    mkdirSync(join(app, 'data'), { recursive: true });
    await copyDatabase(database, join(app, copy));
    const about = { ...values, file: basename(database), path: `../${copy}`, ...tablesOf(join(app, copy)) };
    writeFiles(draft, fillTemplates(folder, ['common', 'database'], name, about));
  }
  // What is made is held to what `harness validate` says, before anybody sees it.
  const { app: loaded } = await loadForUse(app);
  if (Object.keys(loaded.plans).length === 0) return;
  writeFiles(draft, new Map([[`apps/${name}/generated/plans.ts`, await generatePlans(loaded.plans)]]));
}

/** A name that needs no quotes anywhere, and that git ignores. */
function copyName(database: string): string {
  const name = basename(database, extname(database)).replace(/[^A-Za-z0-9_-]+/g, '-');
  return `${name.replace(/^-+|-+$/g, '') || 'database'}.db`;
}

function tablesOf(file: string): JsonObject {
  const { tables, counted } = readSource(file);
  return { tables, table: counted.table, quotedTable: counted.quoted, rows: counted.rows };
}

function writeFiles(folder: string, files: Files): void {
  for (const [path, text] of files) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
