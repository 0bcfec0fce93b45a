import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { createInterface, type Interface } from 'node:readline/promises';
import { kindOf, names } from '../../config/paths.ts';
import { HarnessError } from '../../core/errors.ts';
import { visibleLine } from '../../core/text.ts';
import { colourOn, note, palette } from '../console.ts';
import { type Answers, nameFor, wrongName } from './answers.ts';
import { checkApp, checkFolder } from './place.ts';
import { readSource, writtenPath } from './source-database.ts';

/** What the command line has said already. */
export type Given = { readonly [K in keyof Answers]: Answers[K] | undefined } & {
  /** Whether the folder may hold files. */
  readonly force: boolean;
};

/**
 * Asks a person for what is not given.
 * @throws HarnessError `interrupted` when the person gives up
 */
export async function askFor(given: Given): Promise<Answers> {
  const lines = createInterface({
    input: process.stdin,
    output: process.stderr,
    terminal: process.env.TERM !== 'dumb',
    completer: completePath,
  });
  const abort = new AbortController();
  // Ctrl-C, Ctrl-D, and a terminal that is gone.
  lines.on('SIGINT', () => abort.abort());
  lines.on('close', () => abort.abort());
  const dialogue = dialogueOver(lines, abort.signal);
  try {
    const folder = given.folder ?? (await dialogue.folder(given.force));
    const name = given.name ?? (await dialogue.name(folder));
    const database = given.database ?? (await dialogue.database());
    return { folder, name, database };
  } catch (thrown) {
    if (!abort.signal.aborted) throw thrown;
    process.stderr.write('\n');
    throw new HarnessError('interrupted', 'nothing was made');
  } finally {
    lines.close();
  }
}

function dialogueOver(lines: Interface, signal: AbortSignal) {
  const look = palette(colourOn(process.stderr));
  /** Asks until the answer will do. */
  const ask = async <T>(question: string, byDefault: string, take: (answer: string) => T): Promise<T> => {
    const hint = byDefault === '' ? '' : look.dim(`(${visibleLine(byDefault)}) `);
    for (;;) {
      const answer = (await lines.question(`${look.bold(question)} ${hint}`, { signal })).trim();
      const taken = attempt(() => take(answer || byDefault));
      if ('taken' in taken) return taken.taken;
      note(`  ${look.red(visibleLine(taken.refused))}`);
    }
  };
  return {
    folder: (force: boolean) =>
      ask('Folder?', freeFolder(), (answer) => {
        const folder = writtenPath(answer);
        checkFolder(folder, force);
        return folder;
      }),
    name: (folder: string) =>
      ask('Name of the app?', nameFor(folder), (answer) => {
        const wrong = wrongName(answer);
        if (wrong !== undefined) throw new HarnessError('invalid-usage', `expected ${wrong}`);
        checkApp(folder, answer);
        return answer;
      }),
    database: async () => {
      const own = await ask(
        'Start from a sample shop, or an SQLite file of yours? [sample/file]',
        'sample',
        sampleOrFile,
      );
      if (own !== true) return own;
      return ask('Which file?', '', sourceOf);
    },
  };
}

/** What came of an answer, or why it will not do. */
function attempt<T>(work: () => T): { readonly taken: T } | { readonly refused: string } {
  try {
    return { taken: work() };
  } catch (thrown) {
    if (thrown instanceof HarnessError) return { refused: thrown.message };
    throw thrown;
  }
}

/** @returns true for a file that is still to be named */
function sampleOrFile(answer: string): string | true | undefined {
  const word = answer.toLowerCase();
  if ('sample'.startsWith(word)) return undefined;
  return 'file'.startsWith(word) ? true : sourceOf(answer);
}

function sourceOf(answer: string): string {
  if (answer === '') throw new HarnessError('invalid-usage', 'the path of an SQLite file; Ctrl-C gives up');
  const file = writtenPath(answer);
  readSource(file);
  return file;
}

/** What the last word of a path may become. */
function completePath(line: string): [string[], string] {
  const start = line.slice(0, line.lastIndexOf('/') + 1);
  const found = names(writtenPath(start === '' ? '.' : start)).filter((name) => `${start}${name}`.startsWith(line));
  const folder = (path: string) => kindOf(writtenPath(path)) === 'folder';
  const paths = found.filter((name) => name === visibleLine(name)).map((name) => `${start}${name}`);
  return [paths.map((path) => (folder(path) ? `${path}/` : path)), line];
}

/** A folder that is not there yet. */
function freeFolder(): string {
  for (let count = 1; ; count++) {
    const folder = count === 1 ? 'my-app' : `my-app-${count}`;
    if (!existsSync(resolve(folder))) return relative(process.cwd(), resolve(folder));
  }
}
