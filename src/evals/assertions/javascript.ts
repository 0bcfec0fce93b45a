import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { agentsOf, callsOf } from '../../core/trajectory.ts';
import { appliedActions, plannedActions, typed } from '../actions.ts';
import type { AssertionOf, Judgement, Subject, Unmet } from './assertion.ts';
import { type JavascriptRequest, type JavascriptVerdict, javascriptWorker } from './javascript-worker.ts';

export const javascript: Judgement<'javascript'> = (assertion, subject) => {
  const request = { data: dataOf(subject), code: codeOf(assertion, subject) };
  return judged(request, assertion.seconds);
};

function codeOf({ value, file }: AssertionOf<'javascript'>, { tools }: Subject): JavascriptRequest['code'] {
  if (file === undefined) return { text: value ?? '' };
  const path = tools.module(file);
  return { module: isAbsolute(path) ? pathToFileURL(path).href : path, name: file };
}

/** What the code sees, as JSON: it gets copies and nothing else of this process. */
function dataOf({ trial }: Subject): string {
  const { answer, events, changes } = trial;
  const calls = callsOf(events).map(({ agent, tool, args, turn, outcome }) => ({
    agent,
    tool,
    args,
    turn,
    ok: outcome?.ok ?? null,
    ...(outcome?.ok === true && { result: outcome.result }),
    ...(outcome?.ok === false && { error: outcome.error }),
  }));
  return JSON.stringify({
    answer,
    calls,
    agents: agentsOf(events),
    plannedActions: plannedActions(events).map(typed),
    executedActions: appliedActions(events).map(typed),
    changes,
    events,
  });
}

/** So much memory may the code use, in MB. */
const memory = 128;

/** Runs the code in a thread that is ended whatever happens: no environment, no terminal, bounded time and memory. */
function judged(request: JavascriptRequest, seconds: number): Promise<Unmet | undefined> {
  return new Promise((resolve) => {
    const worker = new Worker(javascriptWorker, {
      eval: true,
      workerData: request,
      env: {},
      argv: [],
      execArgv: [],
      stdin: false,
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: memory, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 },
    });
    // Nothing that it prints may pile up here.
    worker.stdout.resume();
    worker.stderr.resume();
    let timer: NodeJS.Timeout | undefined;
    const end = (unmet: Unmet | undefined) => {
      clearTimeout(timer);
      void worker.terminate();
      resolve(unmet);
    };
    worker.once('online', () => {
      timer = setTimeout(() => end({ message: `it gave no verdict within ${seconds} s` }), seconds * 1000);
    });
    worker.once('message', (verdict: JavascriptVerdict) =>
      end(verdict.pass ? undefined : { message: verdict.message }),
    );
    worker.once('error', (error: NodeJS.ErrnoException) => end({ message: ended(error) }));
    worker.once('exit', () => end({ message: 'it ended without a verdict' }));
  });
}

function ended(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return `it used more than ${memory} MB of memory`;
  return `it failed: ${error instanceof Error ? error.message : String(error)}`;
}
