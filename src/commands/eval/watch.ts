import { type Dirent, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type ExitCode, exits, HarnessError } from '../../core/errors.ts';
import { visible } from '../../core/text.ts';
import { watchFiles } from '../chat/watch-files.ts';
import { note } from '../console.ts';
import { noteProblems } from '../load.ts';
import { findApp, selectApps } from '../select.ts';
import { evaluateCases } from './eval.ts';
import type { EvalOptions } from './options.ts';

/** Runs cases once, or with `--watch` again after every change until it is interrupted. */
export async function evaluateOrWatch(words: readonly string[], options: EvalOptions): Promise<ExitCode> {
  if (!options.watch) return evaluateCases(words, options);
  if (options.live || options.record || options.resume) {
    throw new HarnessError('invalid-usage', '--watch runs offline; it does not go with --live, --record or --resume');
  }
  const changes = awaitChanges(words);
  try {
    for (;;) {
      const exit = await runOnce(words, options);
      if (exit === exits.interrupted) return exit;
      note('waiting for a change; Ctrl-C ends');
      if ((await changes.next()) === 'interrupted') return exits.interrupted;
    }
  } finally {
    changes.close();
  }
}

/** A mistake in a file is told, and the next change tried. */
async function runOnce(words: readonly string[], options: EvalOptions): Promise<ExitCode> {
  try {
    return await evaluateCases(words, options);
  } catch (thrown) {
    if (!(thrown instanceof HarnessError) || thrown.exit === exits.interrupted) throw thrown;
    noteProblems(thrown.problems);
    note(`error ${thrown.code}: ${visible(thrown.message)}`);
    if (thrown.hint !== undefined) note(`  ${visible(thrown.hint)}`);
    return thrown.exit;
  }
}

/**
 * Watches everything in the folders of apps and of their cases; what runs leave behind is no change.
 * @param dirs the apps' folders @returns how to stop it
 */
export function watchApps(dirs: readonly string[], changed: () => void): () => void {
  const roots = dirs.flatMap((dir) => [dir, join(dir, '..', '..', 'evals', basename(dir)), join(dir, 'evals')]);
  const watching = watchFiles(() => {
    look();
    changed();
  });
  const look = () => {
    const { files, folders } = below(roots);
    watching.look(files, folders);
  };
  look();
  return watching.close;
}

interface Below {
  readonly files: string[];
  readonly folders: string[];
}

/** Hidden folders, such as `.harness`, and packages hold nothing that a person writes. */
function below(roots: readonly string[]): Below {
  const found: Below = { files: [], folders: [...new Set(roots)] };
  // The list grows while it is gone through.
  for (const folder of found.folders) {
    for (const entry of entriesOf(folder)) {
      const path = join(folder, entry.name);
      if (entry.isFile()) found.files.push(path);
      else if (entry.isDirectory() && !/^\.|^node_modules$/.test(entry.name) && !found.folders.includes(path)) {
        found.folders.push(path);
      }
    }
  }
  return found;
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // A folder that is not there: cases are in one of two places.
    return [];
  }
}

/** Changes one after another, until there is an interruption. */
function awaitChanges(words: readonly string[]) {
  const named = words.flatMap((word) => findApp(word) ?? []);
  let changed = false;
  let wake: ((what: 'changed' | 'interrupted') => void) | undefined;
  const close = watchApps(named.length > 0 ? named : selectApps(undefined), () => {
    changed = true;
    wake?.('changed');
  });
  const onInterrupt = () => wake?.('interrupted');
  return {
    async next(): Promise<'changed' | 'interrupted'> {
      process.on('SIGINT', onInterrupt);
      process.on('SIGTERM', onInterrupt);
      // Watching alone does not keep the process.
      const waiting = setInterval(() => undefined, 60_000);
      try {
        return changed
          ? 'changed'
          : await new Promise((resolve) => {
              wake = resolve;
            });
      } finally {
        clearInterval(waiting);
        wake = undefined;
        changed = false;
        process.off('SIGINT', onInterrupt);
        process.off('SIGTERM', onInterrupt);
      }
    },
    close,
  };
}
