import { resolve } from 'node:path';
import type { App } from '../config/app.ts';
import { loadScriptFile } from '../config/load.ts';
import { wayOn } from '../core/budget.ts';
import { type ExitCode, exits } from '../core/errors.ts';
import { fold, type RunState } from '../core/fold.ts';
import type { Approver } from '../core/ports.ts';
import { visible } from '../core/text.ts';
import { type Spending, spendingOf } from '../core/usage.ts';
import type { SmokeScript } from '../generated/config.ts';
import { costOf } from '../interpreters/models.ts';
import { leftover } from '../interpreters/scripted.ts';
import { scriptedApprover, unattended, waiting } from '../run/approvers.ts';
import type { RunResult } from '../run/run.ts';
import { openRuntime, type Runtime } from '../runtime/build.ts';
import { liveInterpreter } from '../runtime/live.ts';
import type { ThemeName } from '../ui/paint.ts';
import { checkAgent } from './chat/facts.ts';
import { chatLook } from './chat/look.ts';
import { pickWorkspace } from './chat/pick-workspace.ts';
import type { PlaceParts } from './chat/place.ts';
import type { ChatScript } from './chat/script.ts';
import { chatInTerminal, hasTerminal } from './chat/terminal.ts';
import { note, print, printJson } from './console.ts';
import { type GoOn, type GoOnOptions, goOnWith, refuseOtherInterpreter } from './go-on.ts';
import { interruptible } from './interrupt.ts';
import { type LimitOptions, limitsOf } from './limits.ts';
import { invalidFiles, loadForUse, noteProblems } from './load.ts';
import { type PrintOptions, printSink, promptOf } from './print-mode.ts';
import { selectApp } from './select.ts';
import { spentLine } from './spent.ts';
import { resumeCommand, type SameAgain, waysOn } from './ways-on.ts';

export interface ChatOptions extends LimitOptions, GoOnOptions, PrintOptions {
  readonly workspace?: string;
  readonly agent?: string;
  readonly prompt?: string;
  readonly script?: string;
  /** Seconds to wait for an approval that another process may decide. */
  readonly wait?: number;
  /** The form of the result was asked for, so there is to be one also in a terminal. */
  readonly print?: boolean;
  /** The chat in a terminal without boxes and cursor movements. */
  readonly plain?: boolean;
  /** The colours of the chat in a terminal. */
  readonly theme?: ThemeName;
}

/** `harness chat [app]`: a chat in a terminal; else, or with `-p`, one prompt, one run, its answer on stdout. */
export async function chat(word: string | undefined, options: ChatOptions): Promise<ExitCode> {
  const { app } = await loadForUse(selectApp(word));
  const script = options.script === undefined ? undefined : await readScript(app, options.script);
  const inTerminal = options.prompt === undefined && !options.print && hasTerminal();
  const goOn = goOnWith(app, options, options.prompt, { spare: script !== undefined || inTerminal });
  if (goOn) refuseOtherInterpreter(goOn, script !== undefined);
  const interpreter = (version: App) =>
    script ? ({ kind: 'scripted', input: script.current.script } as const) : liveInterpreter(version, process.env);
  const parts: ChatParts = { interpreter, ...(script && { script }), ...(goOn && { goOn }) };
  return inTerminal ? openChat(app, word, options, parts) : printAnswer(app, word, options, parts);
}

interface ChatParts extends Pick<PlaceParts, 'interpreter'> {
  readonly script?: ChatScript;
  readonly goOn?: GoOn;
}

/** One run, its answer on stdout. */
async function printAnswer(
  app: App,
  word: string | undefined,
  options: ChatOptions,
  { script: played, goOn, interpreter }: ChatParts,
): Promise<ExitCode> {
  const script = played?.current;
  const chosen = interpreter(app);
  const prompt = goOn?.runId === undefined ? await promptOf(options.prompt, script?.prompt) : '';
  const runtime = await openRuntime(app, {
    workspace: goOn?.workspace ?? options.workspace ?? script?.workspace ?? app.defaultWorkspace,
    ...(goOn && sessionOf(goOn)),
    interpreter: chosen,
    budget: limitsOf(options),
    approver: approverOf(app, options, script, goOn),
    command: 'harness chat',
    onWait: (holder) => note(`waiting for the workspace, which is in use by ${holder}`),
  });
  const abort = interruptible('the run stops at the next safe place');
  try {
    const agent = options.agent ?? script?.agent ?? app.entry;
    const watch = { signal: abort.signal, sink: printSink(options) };
    const result =
      goOn?.runId === undefined
        ? await runtime.run({ prompt, agent, ...watch })
        : await runtime.resume({ runId: goOn.runId, ...watch });
    const code = report(runtime, script, result, options);
    notePause(runtime, result, { app: word, script: options.script });
    return code;
  } finally {
    abort.done();
    await runtime.close();
  }
}

/** What a runtime opens: the session, or that of the run that goes on. */
function sessionOf({ session, runId }: GoOn): { readonly session: string } | { readonly resume: string } {
  return runId === undefined ? { session } : { resume: runId };
}

/** The chat of a person at a terminal. */
async function openChat(
  app: App,
  word: string | undefined,
  options: ChatOptions,
  { script, goOn, interpreter }: ChatParts,
): Promise<ExitCode> {
  const { current } = script ?? {};
  const agent = checkAgent(app, options.agent ?? current?.agent ?? app.entry);
  const plain = options.plain === true || process.env.TERM === 'dumb';
  const look = chatLook(options.theme);
  const named = goOn?.workspace ?? options.workspace ?? current?.workspace;
  // Whoever cannot chat need not choose.
  if (named === undefined) interpreter(app);
  const workspace = named ?? (await pickWorkspace(app, plain, look.theme));
  if (workspace === undefined) return exits.interrupted;
  return chatInTerminal({
    app,
    agent,
    destination: {
      workspace,
      ...(goOn && sessionOf(goOn)),
    },
    interpreter,
    budget: limitsOf(options),
    draft: goOn?.runId === undefined ? (current?.prompt ?? '') : '',
    scripted: script !== undefined,
    ...(script && { script }),
    plain,
    look,
    again: { app: word, script: options.script },
  });
}

function approverOf(
  app: App,
  { wait }: ChatOptions,
  script: SmokeScript | undefined,
  goOn: GoOn | undefined,
): Approver {
  const first = script?.approvals
    ? scriptedApprover(script.approvals, goOn?.decided)
    : unattended(app.approvals.unattended);
  if (wait === undefined) return first;
  return waiting(first, wait * 1000, ({ approval }) => {
    note(`waiting for a decision: harness approvals approve ${approval} (or reject, revise, show)`);
  });
}

/** How a run goes on that was paused or interrupted, or ended by a budget or a provider, command by command. */
function notePause({ store }: Runtime, { runId, status, cause, budget }: RunResult, again: SameAgain): void {
  if (budget) note(`  ${visible(wayOn(budget, resumeCommand(runId, again)))}`);
  if (status === 'interrupted') note(`  ${resumeCommand(runId, again)}`);
  if (cause?.code === 'provider-fault') note(`  to go on, once it can answer: ${resumeCommand(runId, again)}`);
  if (status !== 'paused' || cause?.hint !== undefined) return;
  const pending = store.approvals({ pending: true }).filter((row) => row.runId === runId);
  for (const line of waysOn(runId, pending, again)) note(`  ${line}`);
}

async function readScript(app: App, name: string): Promise<ChatScript> {
  const file = resolve(name);
  const { script, problems } = await loadScriptFile(file, app);
  const errors = problems.filter((problem) => problem.severity === 'error');
  if (!script || errors.length > 0) throw invalidFiles(errors);
  noteProblems(problems);
  return { file, current: script.script };
}

function report(
  runtime: Runtime,
  script: SmokeScript | undefined,
  result: RunResult,
  { output, quiet = false }: PrintOptions,
): ExitCode {
  const { runId, status, answer } = result;
  const events = runtime.store.events(runId);
  const state = fold(events);
  const left = script && status === 'done' ? leftover(script.script, state.stepsOfAgent) : [];
  const usage = script ? undefined : spendingOf(events, costOf);
  if (output === 'json') printJson({ ...jsonOf(runtime, result, state), leftover: left, ...costsOf(usage) });
  else if (output === 'text' && status === 'done') print(visible(answer));
  if (usage && !quiet) note(spentLine(usage.total));
  noteEnd(result, left);
  return left.length > 0 ? exits.failed : (result.cause?.exit ?? exits.ok);
}

function jsonOf({ workspace, session }: Runtime, result: RunResult, state: RunState) {
  const { runId, status, answer, error, budget } = result;
  const ended = { runId, session, workspace, status, answer, ...(error && { error }), ...(budget && { budget }) };
  return { ...ended, plans: [...(state.spans.get('1')?.plans ?? [])], events: state.lastSeq };
}

function costsOf(usage: Spending | undefined) {
  return usage && { usage, cost: usage.total.cost };
}

function noteEnd({ runId, status, error, cause, budget }: RunResult, left: readonly string[]): void {
  if (status === 'paused') note(`paused: ${visible(error?.message ?? '')}; run ${runId}`);
  else if (error) note(`error ${error.code}: ${visible(error.message)}`);
  if (cause?.hint !== undefined && !budget) note(`  ${visible(cause.hint)}`);
  for (const line of left) note(`error script-leftover: ${visible(line)}`);
}
