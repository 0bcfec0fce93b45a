import { existsSync } from 'node:fs';
import { type ExitCode, exits, HarnessError } from '../../core/errors.ts';
import { openEvalStore } from '../../store/evals.ts';
import { note, print, printJson, table } from '../console.ts';
import { interruptible } from '../interrupt.ts';
import { begin, goOn, nothingToResume, storeFile, wayOf } from './begin.ts';
import { type Choice, chooseCases, closeApps, type SuiteCase } from './choose.ts';
import type { EvalOptions } from './options.ts';
import type { Mode } from './players.ts';
import { suiteProgress } from './progress.ts';
import { targetsOf, writeReports } from './reports.ts';
import { makeReady, playSuite, type SuiteStart } from './suite.ts';

/** `harness eval [app] [case…]`: eval cases in throw-away workspaces, each held to what it asserts. */
export async function evaluateCases(words: readonly string[], given: EvalOptions): Promise<ExitCode> {
  const options = consistent(given);
  const choice = await chooseCases(words, options, lastOutcomes);
  if (options.list) return list(choice.cases, options);
  if (choice.cases.length === 0) note('no case is chosen by --changed or --shard');
  const mode = modeOf(options);
  const ready = makeReady(choice, options, mode);
  if (options.resume && !existsSync(storeFile(choice.root))) throw nothingToResume('no suite has run here yet');
  const abort = interruptible('finished cases are kept; go on with `harness eval --resume`');
  const store = openEvalStore(storeFile(choice.root));
  try {
    return await run(choice, options, { mode, ready, store, signal: abort.signal });
  } finally {
    abort.done();
    store.close();
    await closeApps(choice);
  }
}

function lastOutcomes(root: string): ReadonlyMap<string, string> {
  const file = storeFile(root);
  if (!existsSync(file)) return new Map();
  const store = openEvalStore(file);
  try {
    return store.lastOutcomes();
  } finally {
    store.close();
  }
}

/** @throws HarnessError `invalid-usage` for options that contradict each other */
function consistent(options: EvalOptions): EvalOptions {
  const wrong = (message: string) => new HarnessError('invalid-usage', message);
  if (options.bless && options.baseline === undefined) throw wrong('--bless needs --baseline <file>');
  if (options.record && (options.repeat ?? 1) > 1)
    throw wrong('--record keeps one trial; it does not go with --repeat');
  if (options.json && options.report?.some(({ file }) => file === undefined)) {
    throw wrong('--json and a --report without a file both want stdout; give the report a file: --report kind=file');
  }
  return { ...options, mutate: options.mutate === true || options.mutationScore !== undefined };
}

type Around = Pick<SuiteStart, 'mode' | 'ready' | 'store' | 'signal'>;

async function run(choice: Choice, options: EvalOptions, around: Around): Promise<ExitCode> {
  const { mode, store, signal } = around;
  const targets = targetsOf(options);
  const traces = targets.some(({ kind }) => kind === 'html' || kind === 'json' || kind === 'jsonl');
  const begun = options.resume ? goOn(choice, store, wayOf(mode, options)) : begin(store, wayOf(mode, options));
  // What an earlier process has shown is listed with the rest at the end.
  const onStdout = targets.some(({ kind, file }) => kind === 'terminal' && file === undefined);
  const linesShown = onStdout && begun.kept.length === 0;
  const lines = linesShown ? process.stdout : process.stderr;
  const progress = (names: readonly string[]) => suiteProgress(names, lines, mode === 'offline');
  const report = await playSuite(choice, options, { ...begun, ...around, traces, progress });
  if (signal.aborted) {
    note(`${report.cases.length} of ${choice.cases.length} cases have run`);
    return exits.interrupted;
  }
  if (report.stopped === undefined) store.finish(begun.suite);
  writeReports(report, targets, { root: choice.root, linesShown });
  return report.exit as ExitCode;
}

function modeOf({ record, live }: EvalOptions): Mode {
  if (record) return 'record';
  return live ? 'live' : 'offline';
}

function list(cases: readonly SuiteCase[], { json }: EvalOptions): ExitCode {
  const rows = cases.map(({ key, file, loaded }) => {
    const { script, tags, description } = loaded.definition;
    const recorded = existsSync(loaded.cassette) ? 'cassette' : 'live';
    return {
      case: key,
      file,
      line: loaded.locate([])?.line ?? 1,
      plays: script === undefined ? recorded : 'script',
      tags,
      ...(description !== undefined && { description }),
    };
  });
  if (json) printJson({ cases: rows });
  else {
    for (const line of table(rows.map((row) => [row.case, row.plays, row.tags.join(','), `${row.file}:${row.line}`]))) {
      print(line);
    }
  }
  return exits.ok;
}
