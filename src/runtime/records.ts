import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from '../config/app.ts';
import { HarnessError } from '../core/errors.ts';
import type { PlanRecord } from '../core/plan.ts';
import type { Store } from '../core/ports.ts';
import { redactedStore } from '../core/redact-store.ts';
import { recoverPlans, settlePlan } from '../run/recover.ts';
import { lockWorkspace, tryLock } from '../store/lock.ts';
import { openStore } from '../store/open.ts';
import { dispatcherOf } from './dispatcher.ts';
import { redactorOf } from './keys.ts';
import { systemClock } from './ports.ts';
import { stateFolder, targetFileOf, workspaceOf } from './workspace.ts';

/** The record of one workspace, for reading. */
export interface Records {
  readonly workspace: string;
  readonly store: Store;
}

/**
 * The records of one workspace, or of all that have been used. A plan whose process died while executing it is
 * settled first, unless a process is at work in the workspace now.
 */
export async function openRecords(app: App, workspace?: string): Promise<readonly Records[]> {
  const records = peekRecords(app, workspace);
  for (const { workspace: name, store } of records) await recoverIfIdle(app, store, name);
  return records;
}

/** The same as it stands: nothing is settled. */
export function peekRecords(app: App, workspace?: string): readonly Records[] {
  const names = workspace === undefined ? Object.keys(app.workspaces) : [workspaceOf(app, workspace) && workspace];
  const records: Records[] = [];
  for (const name of names) {
    const dir = stateFolder(app, name);
    const file = join(dir, 'state.db');
    if (!existsSync(file)) continue;
    const store = redactedStore(openStore(file), redactorOf(app));
    records.push({ workspace: name, store });
  }
  return records;
}

async function recoverIfIdle(app: App, store: Store, workspace: string): Promise<void> {
  if (store.plans('executing').length === 0) return;
  const dir = stateFolder(app, workspace);
  const lock = tryLock({ dir, command: 'harness plans' });
  if (!lock) return;
  try {
    const dispatcher = await dispatcherOf(app, {
      name: workspace,
      stateFile: (name) => join(dir, name),
      targetFile: () => targetFileOf(app, workspace),
    });
    await recoverPlans(store, dispatcher, systemClock);
    await dispatcher.close?.();
  } finally {
    lock.release();
  }
}

/**
 * Settle an `unknown` plan as a person says. Waits for the workspace.
 * @throws HarnessError `workspace-busy`; `invalid-usage` when the plan is not unknown, or no longer.
 */
export async function settleUnknown(
  app: App,
  { workspace, store }: Records,
  planId: string,
  applied: boolean,
): Promise<PlanRecord> {
  const dir = stateFolder(app, workspace);
  const lock = await lockWorkspace({ dir, workspace, command: 'harness plans settle', waitMs: 3000 });
  try {
    const plan = store.plan(planId);
    if (plan?.status !== 'unknown') {
      throw new HarnessError('invalid-usage', `plan "${planId}" is ${plan?.status ?? 'not stored'}, not unknown`, {
        hint: 'there is nothing to settle',
      });
    }
    return settlePlan(store, systemClock, plan, applied);
  } finally {
    lock.release();
  }
}
