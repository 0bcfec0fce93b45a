import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import type { App, LoadedScript } from '../config/app.ts';
import { loadScriptFile } from '../config/load.ts';
import { type ExitCode, exits, HarnessError } from '../core/errors.ts';
import type { Event } from '../core/event.ts';
import { fold } from '../core/fold.ts';
import { visible } from '../core/text.ts';
import { leftover } from '../interpreters/scripted.ts';
import { scriptedApprover } from '../run/approvers.ts';
import type { RunResult } from '../run/run.ts';
import { openRuntime, type Runtime } from '../runtime/build.ts';
import { note, print, printJson } from './console.ts';
import { invalidFiles, loadForUse, noteProblems } from './load.ts';
import { progressLine } from './progress.ts';
import { selectApp } from './select.ts';

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
  const script = await scriptOf(app, options.script);
  const prompt = await promptOf(options, script);
  const runtime = await openRuntime(app, {
    workspace: options.workspace ?? script.script.workspace ?? app.defaultWorkspace,
    interpreter: { kind: 'scripted', input: script.script.script },
    ...(script.script.approvals && { approver: scriptedApprover(script.script.approvals) }),
    command: 'harness chat',
    onWait: (holder) => note(`waiting for the workspace, which is in use by ${holder}`),
  });
  const abort = interruptible();
  try {
    const agent = options.agent ?? script.script.agent ?? app.entry;
    const result = await runtime.run({ prompt, agent, signal: abort.signal, sink: sinkFor(options.output) });
    return report(runtime, script, result, options.output);
  } finally {
    abort.done();
    await runtime.close();
  }
}

async function scriptOf(app: App, file: string | undefined): Promise<LoadedScript> {
  if (file === undefined) {
    throw new HarnessError('invalid-usage', 'chat needs a script: this Harness has no live interpreter', {
      hint: "harness chat --script <file>, for instance one of the app's smoke scripts",
    });
  }
  const { script, problems } = await loadScriptFile(resolve(file), app);
  const errors = problems.filter((problem) => problem.severity === 'error');
  if (!script || errors.length > 0) throw invalidFiles(errors);
  noteProblems(problems);
  return script;
}

async function promptOf(options: ChatOptions, script: LoadedScript): Promise<string> {
  const prompt = options.prompt === '-' ? (await text(process.stdin)).trim() : (options.prompt ?? script.script.prompt);
  if (prompt.trim() === '')
    throw new HarnessError('invalid-usage', 'the prompt is empty', { hint: 'harness chat -p "…"' });
  return prompt;
}

/** Ctrl-C stops the run in good order; a second one ends the process. */
function interruptible(): { readonly signal: AbortSignal; done(): void } {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(exits.interrupted);
    note('interrupted; the run stops at the next safe place (again to quit at once)');
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return {
    signal: controller.signal,
    done: () => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    },
  };
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

function report(runtime: Runtime, script: LoadedScript, result: RunResult, output: ChatOptions['output']): ExitCode {
  const { runId, status, answer, error } = result;
  const state = fold(runtime.store.events(runId));
  const left = status === 'done' ? leftover(script.script.script, state.stepsOfAgent) : [];
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
    });
  } else if (output === 'text' && status === 'done') {
    print(visible(answer));
  }
  if (status === 'paused') note(`paused: ${visible(error?.message ?? '')}; run ${runId}`);
  else if (error) note(`error ${error.code}: ${visible(error.message)}`);
  for (const line of left) note(`error script-leftover: ${visible(line)}`);
  if (left.length > 0) return exits.failed;
  return result.cause?.exit ?? exits.ok;
}
