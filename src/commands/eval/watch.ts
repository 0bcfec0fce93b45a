import { type FSWatcher, watch } from 'node:fs';
import { basename, join } from 'node:path';
import { type ExitCode, exits, HarnessError } from '../../core/errors.ts';
import { visible } from '../../core/text.ts';
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
  const changes = watchApps(words);
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

/** Editors write a file in several steps; all of them count as one change. */
const quietMs = 150;

function watchApps(words: readonly string[]) {
  const named = words.flatMap((word) => findApp(word) ?? []);
  const apps = named.length > 0 ? named : selectApps(undefined);
  const folders = new Set(
    apps.flatMap((dir) => [dir, join(dir, '..', '..', 'evals', basename(dir)), join(dir, 'evals')]),
  );
  let changed = false;
  let wake: ((what: 'changed' | 'interrupted') => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  const onChange = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      changed = true;
      wake?.('changed');
    }, quietMs);
  };
  const onInterrupt = () => wake?.('interrupted');
  const watchers = [...folders].flatMap((folder) => watchFolder(folder, onChange));
  return {
    async next(): Promise<'changed' | 'interrupted'> {
      process.on('SIGINT', onInterrupt);
      process.on('SIGTERM', onInterrupt);
      try {
        return changed
          ? 'changed'
          : await new Promise((resolve) => {
              wake = resolve;
            });
      } finally {
        wake = undefined;
        changed = false;
        process.off('SIGINT', onInterrupt);
        process.off('SIGTERM', onInterrupt);
      }
    },
    close() {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
}

function watchFolder(folder: string, onChange: () => void): FSWatcher[] {
  try {
    return [watch(folder, { recursive: true }, onChange)];
  } catch {
    // A folder that is not there: cases are in one of two places.
    return [];
  }
}
