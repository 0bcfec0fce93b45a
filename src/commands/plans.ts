import { stringify } from 'yaml';
import { type ExitCode, exits, HarnessError } from '../core/errors.ts';
import { suggest } from '../core/nearest.ts';
import { actionsOf, type PlanRecord } from '../core/plan.ts';
import { visible } from '../core/text.ts';
import { type Records, settleUnknown } from '../runtime/records.ts';
import { note, print, printJson, table } from './console.ts';
import { type ActionProgress, progressOf } from './plan-progress.ts';
import { type RecordOptions, when, withRecords } from './runs.ts';
import { resumeCommand, scriptOf } from './ways-on.ts';

/** `harness plans list`: the newest version of each plan, newest first. */
export async function listPlans(options: RecordOptions): Promise<ExitCode> {
  return withRecords(options, (_app, records) => {
    const plans = records.flatMap(({ workspace, store }) => store.plans().map((plan) => ({ workspace, ...plan })));
    if (options.json) {
      printJson({ plans });
    } else if (plans.length === 0) {
      print('no plans yet');
    } else {
      const rows = plans.map((plan) => [
        plan.planId,
        `${plan.version}`,
        plan.workspace,
        plan.status,
        plan.specName,
        `${actionsOf(plan.body).length}`,
        when(plan.storedAt),
      ]);
      for (const line of table([['PLAN', 'VERSION', 'WORKSPACE', 'STATUS', 'SCHEMA', 'ACTIONS', 'STORED'], ...rows]))
        print(line);
    }
    return exits.ok;
  });
}

/** `harness plans show <plan>`: all versions, the newest in full. */
export async function showPlan(planId: string, options: RecordOptions): Promise<ExitCode> {
  return withRecords(options, (_app, records) => {
    const { workspace, store, plan } = findPlan(planId, records);
    const versions = store.planVersions(planId);
    const progress = progressOf(plan, store);
    if (options.json) {
      printJson({ workspace, ...plan, ...(progress && { actions: progress }), versions });
      return exits.ok;
    }
    print(`plan ${plan.planId}  version ${plan.version}  ${plan.status}  workspace ${workspace}`);
    print(
      `schema ${plan.specName}  hash ${plan.hash.slice(0, 16)}  stored ${when(plan.storedAt)} by run ${plan.runId}`,
    );
    for (const older of versions.slice(0, -1))
      print(`version ${older.version}: ${older.status}, stored ${when(older.storedAt)}`);
    print(visible(stringify(plan.body).trimEnd()));
    printProgress(progress ?? []);
    printResult(plan);
    return exits.ok;
  });
}

function printProgress(actions: readonly ActionProgress[]): void {
  if (actions.length === 0) return;
  const done = actions.filter(({ status }) => status === 'applied').length;
  print(`${done} of ${actions.length} actions applied`);
  const rows = actions.map(({ index, kind, status, summary, approval }) => {
    const more = approval === undefined ? (summary ?? '') : `harness approvals show ${approval}`;
    return [`  ${index + 1}`, kind, status, more];
  });
  for (const line of table(rows)) print(line);
}

function printResult({ planId, result, status }: PlanRecord): void {
  if (!result) return;
  print(`result: ${result.summary}`);
  const rows = result.actions.map((action) => [`  ${action.index + 1}`, action.kind, action.status, action.summary]);
  for (const line of table(rows)) print(line);
  if (status !== 'unknown') return;
  print('nobody knows whether an action took effect. Find out, then say so:');
  print(`  harness plans settle ${planId} --applied      (or --not-applied)`);
}

export interface SettleOptions extends RecordOptions {
  readonly applied?: boolean;
  readonly notApplied?: boolean;
}

/** `harness plans settle <plan> --applied | --not-applied`: a person says what became of an unknown action. */
export async function settle(planId: string, options: SettleOptions): Promise<ExitCode> {
  const { applied = false, notApplied = false } = options;
  if (applied === notApplied) {
    throw new HarnessError('invalid-usage', 'say what became of the action', { hint: '--applied or --not-applied' });
  }
  return withRecords(options, async (app, records) => {
    const record = findPlan(planId, records);
    const now = await settleUnknown(app, record, planId, applied);
    if (options.json) printJson(now);
    else print(`plan ${planId} is ${now.status}: ${now.result?.summary}`);
    const run = record.store.run(now.executingRun ?? '');
    if (run?.status === 'decided') {
      const script = scriptOf(record.store, run.runId);
      note(`the run goes on with: ${resumeCommand(run.runId, { app: options.app, script })}`);
    }
    return exits.ok;
  });
}

function findPlan(planId: string, records: readonly Records[]): Records & { readonly plan: PlanRecord } {
  const found = records.flatMap((record) => {
    const plan = record.store.plan(planId);
    return plan ? [{ ...record, plan }] : [];
  });
  const [first] = found;
  if (first && found.length === 1) return first;
  if (first) {
    const names = found.map(({ workspace }) => workspace).join(' and ');
    throw new HarnessError('invalid-usage', `workspaces ${names} each have a plan "${planId}"`, {
      hint: `say which: -w ${first.workspace}`,
    });
  }
  const ids = records.flatMap(({ store }) => store.plans().map((plan) => plan.planId));
  throw new HarnessError('unknown-name', `there is no plan "${planId}"`, {
    hint: suggest(planId, ids) ?? 'harness plans list',
  });
}
