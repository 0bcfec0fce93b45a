import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import type { App, LoadedScript } from '../config/app.ts';
import { loadScriptFile } from '../config/load.ts';
import { type ExitCode, exits, HarnessError } from '../core/errors.ts';
import type { Event } from '../core/event.ts';
import { fold } from '../core/fold.ts';
import { visible } from '../core/text.ts';
import { spendingOf } from '../core/usage.ts';
import type { SmokeScript } from '../generated/config.ts';
import { costOf } from '../interpreters/models.ts';
import { leftover } from '../interpreters/scripted.ts';
import { scriptedApprover } from '../run/approvers.ts';
import type { RunResult } from '../run/run.ts';
import { openRuntime, type Runtime } from '../runtime/build.ts';
import { liveInterpreter } from '../runtime/live.ts';
import { note, print, printJson } from './console.ts';
import { interruptible } from './interrupt.ts';
import { invalidFiles, loadForUse, noteProblems } from './load.ts';
import { progressLine } from './progress.ts';
import { selectApp } from './select.ts';
import { spentLine } from './spent.ts';

export interface ChatOptions {
  readonly workspace?: string;
  readonly agent?: string;
  readonly prompt?: string;
  readonly script?: string;
  readonly output: 'text' | 'json' | 'stream-json';
}

/** `harness chat [app] -p …`: print mode. One prompt, one run, its answer on stdout. */
export async function chat(word: string | undefined, options: ChatOptions): Promise<ExitCode> {
  const { app } = await loadForUse(selectApp(word));
  const script = options.script === undefined ? undefined : (await readScript(app, options.script)).script;
  const interpreter = script
    ? ({ kind: 'scripted', input: script.script } as const)
    : liveInterpreter(app, process.env);
  const prompt = await promptOf(options, script);
  const runtime = await openRuntime(app, {
    workspace: options.workspace ?? script?.workspace ?? app.defaultWorkspace,
    interpreter,
    ...(script?.approvals && { approver: scriptedApprover(script.approvals) }),
    command: 'harness chat',
    onWait: (holder) => note(`waiting for the workspace, which is in use by ${holder}`),
  });
  const abort = interruptible('the run stops at the next safe place');
  try {
    const agent = options.agent ?? script?.agent ?? app.entry;
    const result = await runtime.run({ prompt, agent, signal: abort.signal, sink: sinkFor(options.output) });
    return report(runtime, script, result, options.output);
  } finally {
    abort.done();
    await runtime.close();
  }
}

async function readScript(app: App, file: string): Promise<LoadedScript> {
  const { script, problems } = await loadScriptFile(resolve(file), app);
  const errors = problems.filter((problem) => problem.severity === 'error');
  if (!script || errors.length > 0) throw invalidFiles(errors);
  noteProblems(problems);
  return script;
}

async function promptOf(options: ChatOptions, script: SmokeScript | undefined): Promise<string> {
  const given = options.prompt === '-' ? (await text(process.stdin)).trim() : options.prompt;
  const prompt = given ?? script?.prompt ?? '';
  if (prompt.trim() === '')
    throw new HarnessError('invalid-usage', 'the prompt is empty', { hint: 'harness chat -p "…"' });
  return prompt;
}

function sinkFor(output: ChatOptions['output']) {
  if (output === 'stream-json') {
    return {
      event: (event: Event) => print(JSON.stringify(event)),
      delta: (delta: object) => print(JSON.stringify({ type: 'text.delta', ...delta })),
    };
  }
  return {
    event: (event: Event) => {
      const line = progressLine(event);
      if (line !== undefined) note(line);
    },
  };
}

function report(
  runtime: Runtime,
  script: SmokeScript | undefined,
  result: RunResult,
  output: ChatOptions['output'],
): ExitCode {
  const { runId, status, answer, error } = result;
  const events = runtime.store.events(runId);
  const state = fold(events);
  const left = script && status === 'done' ? leftover(script.script, state.stepsOfAgent) : [];
  const usage = script ? undefined : spendingOf(events, costOf);
  if (output === 'json') {
    const plans = [...(state.spans.get('1')?.plans ?? [])];
    const { workspace, session } = runtime;
    printJson({
      runId,
      session,
      workspace,
      status,
      answer,
      ...(error && { error }),
      plans,
      events: state.lastSeq,
      leftover: left,
      ...(usage && { usage }),
    });
  } else if (output === 'text' && status === 'done') {
    print(visible(answer));
  }
  if (usage) note(spentLine(usage.total));
  noteEnd(result, left);
  return left.length > 0 ? exits.failed : (result.cause?.exit ?? exits.ok);
}

function noteEnd({ runId, status, error, cause }: RunResult, left: readonly string[]): void {
  if (status === 'paused') note(`paused: ${visible(error?.message ?? '')}; run ${runId}`);
  else if (error) note(`error ${error.code}: ${visible(error.message)}`);
  if (cause?.hint !== undefined) note(`  ${visible(cause.hint)}`);
  for (const line of left) note(`error script-leftover: ${visible(line)}`);
}
