import type { App } from '../config/app.ts';
import { aboutSubject } from '../core/approval-subject.ts';
import { HarnessError, type Problem } from '../core/errors.ts';
import type { ApprovalSubject, Decision } from '../core/event.ts';
import type { JsonObject } from '../core/json.ts';
import type { ApprovalRow, Check } from '../core/ports.ts';
import { type Acceptance, misplacedHandles } from '../core/results.ts';
import { secretProblems } from '../core/secret-problems.ts';
import type { Tool } from '../core/tool.ts';
import { plainly } from '../run/approve.ts';
import type { PolicySubject } from '../run/policy.ts';
import { tryLock } from '../store/lock.ts';
import { acceptanceOf } from '../toolkits/accepts.ts';
import { createToolkit } from '../toolkits/registry.ts';
import { appendOutside } from './append-outside.ts';
import { redactorOf } from './keys.ts';
import { type PreparedApp, prepareApp } from './prepare.ts';
import type { Records } from './records.ts';
import { stateFolder } from './workspace.ts';

/**
 * Decide a pending approval from outside its run: a process that waits for it hears of it, and a later one finds it.
 * @throws HarnessError `invalid-decision` with all problems of an edit, or when the decision does not fit what is
 * asked; `store-conflict` when somebody else was faster, or the plan is no longer what was asked about.
 */
export async function decideApproval(
  app: App,
  { store }: Records,
  row: ApprovalRow,
  wanted: Decision,
): Promise<Decision> {
  const { approval, subject } = row;
  const decision = plainly(wanted, subject);
  if (decision.kind === 'edit') await checkEdit(app, row, decision.body);
  const data = { approval, decision, by: 'user' };
  appendOutside(
    store,
    row,
    (standing) => ({ ...standing, type: 'approval.decided', data }),
    () => store.approval(approval)?.decision === null,
  );
  return decision;
}

/** Whether a process is at work in the workspace, so that a run which waits there goes on by itself. */
export function isBusy(app: App, workspace: string): boolean {
  const lock = tryLock({ dir: stateFolder(app, workspace), command: 'harness approvals' });
  lock?.release();
  return lock === undefined;
}

/** Holds what a person wrote in the place of arguments, or of a plan, to the same rules as what a model writes. */
async function checkEdit(app: App, { agent, subject }: ApprovalRow, body: JsonObject): Promise<void> {
  const prepared = await prepareApp(app);
  const { what, check, accepts, asked } = editedPart(app, prepared, agent, subject, body);
  const secrets = secretProblems(body, redactorOf(app));
  if (secrets.length > 0) throw secretInEdit(what, secrets);
  const misplaced = misplacedHandles(body, accepts);
  const problems = misplaced.length > 0 ? misplaced : check(body);
  if (problems.length > 0) throw misfit(what, problems);
  const ruling = prepared.agents.get(agent)?.policy(asked);
  if (ruling?.verdict === 'deny') {
    const reason = ruling.reason === '' ? '' : `: ${ruling.reason}`;
    throw new HarnessError('invalid-decision', `${what} is refused by the rule "${ruling.rule}"${reason}`);
  }
}

interface EditedPart {
  readonly what: string;
  readonly check: Check;
  readonly accepts: Acceptance | undefined;
  readonly asked: PolicySubject;
}

function editedPart(
  app: App,
  prepared: PreparedApp,
  agent: string,
  subject: ApprovalSubject,
  body: JsonObject,
): EditedPart {
  if (subject.kind === 'plan') {
    const { specName } = subject;
    const spec = prepared.specs.get(specName);
    if (!spec) throw new HarnessError('invalid-decision', `the app has no plan schema "${specName}" any more`);
    const asked = { kind: 'plan', specName, body } as const;
    return { what: 'the edited plan', check: spec.check, accepts: spec.accepts, asked };
  }
  const tool = subject.kind === 'tool' ? toolOf(app, prepared, agent, subject.tool) : undefined;
  if (!tool) {
    throw new HarnessError('invalid-decision', `there are no arguments of ${aboutSubject(subject)} to edit`, {
      hint: 'approve or reject it',
    });
  }
  const { name, effect, selfGated = false } = tool;
  const accepts = tool.accepts ?? acceptanceOf(tool.inputSchema, prepared.compile);
  const asked = { kind: 'tool', tool: name, effect, selfGated, args: body } as const;
  return { what: `the edited arguments of ${name}`, check: (args) => tool.check(args as JsonObject), accepts, asked };
}

/** A tool of an agent, to check arguments; it cannot run. */
function toolOf(app: App, { agents, compile }: PreparedApp, agent: string, name: string): Tool | undefined {
  const closed = () => Promise.reject(new Error('the workspace is not open'));
  const env = { compile, database: closed, catalog: closed };
  const ofToolkits = (app.agents[agent]?.toolkits ?? []).flatMap((toolkit) => {
    const config = app.toolkits[toolkit];
    return config ? createToolkit(config, env).tools : [];
  });
  return [...(agents.get(agent)?.tools ?? []), ...ofToolkits].find((tool) => tool.name === name);
}

/** What is shown has a name in the place of a secret; sent back, that name would run. */
function secretInEdit(what: string, problems: readonly Problem[]): HarnessError {
  return new HarnessError('invalid-decision', `${what} cannot hold a secret, nor the name that stands for one`, {
    problems,
    hint: 'leave it out: tools and dispatchers have keys of their own',
  });
}

function misfit(what: string, problems: readonly Problem[]): HarnessError {
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  return new HarnessError(
    'invalid-decision',
    `${what} have ${count}; nothing was decided`.replace(/plan have/, 'plan has'),
    {
      problems,
    },
  );
}
