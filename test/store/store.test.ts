import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t from 'tap';
import { HarnessError } from '../../src/core/errors.ts';
import type { Event, Fact } from '../../src/core/event.ts';
import { hashPlan, planResult } from '../../src/core/plan.ts';
import { lockWorkspace, tryLock } from '../../src/store/lock.ts';
import { openStore } from '../../src/store/open.ts';

const scope = { span: '1', parent: null, agent: 'planner' };
const started: Fact = {
  ...scope,
  type: 'run.started',
  data: { app: 'a', workspace: 'w', session: 's-1', agent: 'planner', prompt: 'hi', interpreter: 'scripted' },
};

function events(runId: string, facts: readonly Fact[], from = 1): Event[] {
  return facts.map((fact, index) => ({ runId, seq: from + index, at: `2026-01-01T00:00:0${index}.000Z`, ...fact }));
}

const body = { rationale: 'x', actions: [{ kind: 'a' }] };
const hash = hashPlan('P', body);

function stored(version: number): Fact {
  return { ...scope, type: 'plan.stored', data: { planId: 'p', version, specName: 'P', hash, body } };
}

const executing: Fact = { ...scope, type: 'plan.executing', data: { planId: 'p', version: 1, hash } };
const intent: Fact = {
  ...scope,
  type: 'action.started',
  data: { planId: 'p', version: 1, index: 0, key: 'w/p/0', action: { kind: 'a' } },
};

t.test('events come back as they went in, after closing and opening again', async (t) => {
  const file = join(t.testdir(), 'deep', 'state.db');
  const store = openStore(file);
  const all = events('r-1', [started, stored(1)]);
  store.append(all);
  store.close();
  const again = openStore(file);
  t.strictSame(again.events('r-1'), all);
  t.strictSame(again.events('r-1', 1), all.slice(0, 1), 'only as many as are asked for');
  t.strictSame(again.events('r-2'), []);
  t.match(again.runs(), [{ runId: 'r-1', status: 'open', events: 2, prompt: 'hi' }]);
  again.append(events('r-1', [{ ...scope, type: 'run.finished', data: { status: 'done', answer: 'x' } }], 3));
  t.match(again.runs({ session: 's-1', limit: 1 }), [{ status: 'done' }]);
  t.strictSame(again.runs({ session: 's-2' }), []);
  again.close();
  const db = new Database(file, { readonly: true });
  t.equal(db.pragma('journal_mode', { simple: true }), 'wal');
  t.equal(db.pragma('integrity_check', { simple: true }), 'ok');
  db.close();
});

t.test('runs that began in one instant stand in the order in which they were stored', async (t) => {
  const store = openStore(':memory:');
  for (const runId of ['r-2', 'r-1', 'r-3']) store.append(events(runId, [started]));
  const other = { ...started, data: { ...started.data, session: 's-2' } } as Fact;
  store.append(events('r-9', [other]));
  t.match(store.runs({ session: 's-1' }), [{ runId: 'r-3' }, { runId: 'r-1' }, { runId: 'r-2' }]);
  t.equal(store.lastRun('s-1', 'r-4'), 'r-3');
  t.equal(store.lastRun('s-1', 'r-3'), 'r-1');
  t.equal(store.lastRun('s-2', 'r-9'), undefined);
  store.close();
});

t.test('a plan goes from stored to executed, and each claim is taken once', async (t) => {
  const store = openStore(':memory:');
  store.append(events('r-1', [started, stored(1)]));
  t.match(store.plan('p'), { version: 1, status: 'stored', hash, body, runId: 'r-1', executingRun: null });
  t.throws(() => store.append(events('r-1', [stored(1)], 3)), { code: 'store-conflict' }, 'the same version again');
  store.append(events('r-1', [executing], 3));
  t.match(store.plan('p'), { status: 'executing', executingRun: 'r-1' });
  t.throws(() => store.append(events('r-1', [executing], 4)), { code: 'store-conflict' }, 'a second claim');
  store.append(events('r-1', [intent], 4));
  t.throws(() => store.append(events('r-1', [intent], 5)), { code: 'store-conflict' }, 'the same action again');
  t.equal(store.events('r-1').length, 4, 'a refused transaction leaves nothing behind');
  const result = planResult('p', 'executed', [
    { index: 0, kind: 'a', status: 'applied', entitiesAffected: 2, summary: 'ok' },
  ]);
  store.append(events('r-1', [{ ...scope, type: 'plan.executed', data: { planId: 'p', version: 1, result } }], 5));
  t.match(store.plan('p'), { status: 'executed', result });
  store.append(events('r-1', [stored(2)], 6));
  t.match(store.planVersions('p'), [
    { version: 1, status: 'executed' },
    { version: 2, status: 'stored' },
  ]);
  store.append(events('r-1', [stored(3)], 7));
  t.equal(store.plan('p', 2)?.status, 'superseded');
  t.match(store.plans('stored'), [{ version: 3 }]);
});

t.test('an approval is decided once, and moves the plan whose hash it was asked for', async (t) => {
  const store = openStore(':memory:');
  const subject = { kind: 'plan', planId: 'p', specName: 'P', version: 1, hash } as const;
  const data = { approval: 'r-1.a1', call: 'c', subject, rule: 'default', reason: 'why' };
  store.append(events('r-1', [started, stored(1), { ...scope, type: 'approval.requested', data }]));
  t.match(store.runs(), [{ status: 'paused' }]);
  t.match(store.approvals({ pending: true }), [{ approval: 'r-1.a1', subject, decision: null }]);
  const decided: Fact = {
    ...scope,
    type: 'approval.decided',
    data: { approval: 'r-1.a1', decision: { kind: 'reject', reason: 'no' }, by: 'user' },
  };
  store.append(events('r-1', [decided], 4));
  t.equal(store.plan('p')?.status, 'rejected');
  t.strictSame(store.approvals({ pending: true }), []);
  t.match(store.approvals(), [{ decision: { kind: 'reject', reason: 'no' } }]);
  t.throws(() => store.append(events('r-1', [decided], 5)), { code: 'store-conflict' });
  t.throws(
    () => store.append(events('r-1', [executing], 5)),
    { code: 'store-conflict' },
    'a rejected plan is not claimed',
  );
});

t.test('a state of an earlier version is brought up to date, with what is in it', (t) => {
  const file = join(t.testdir(), 'state.db');
  const store = openStore(file);
  const asked: Fact = {
    ...scope,
    type: 'approval.requested',
    data: {
      approval: 'r-1.a1',
      call: 'c-1',
      subject: { kind: 'tool', tool: 'look', args: {} },
      rule: 'default',
      reason: '',
    },
  };
  const always: Fact = {
    ...scope,
    type: 'approval.decided',
    data: { approval: 'r-1.a1', decision: { kind: 'approve', always: true }, by: 'user' },
  };
  store.append(events('r-1', [started, asked, always]));
  store.close();
  const early = new Database(file);
  early.exec(
    'DROP INDEX runs_of_session; ALTER TABLE approvals DROP COLUMN revoked_by; ALTER TABLE approvals DROP COLUMN revoked_at',
  );
  early.pragma('user_version = 1');
  early.close();
  const later = openStore(file);
  t.teardown(() => later.close());
  t.match(later.approval('r-1.a1'), { decision: { always: true }, revokedBy: null, revokedAt: null });
  const revoked: Fact = { ...scope, type: 'grant.revoked', data: { approval: 'r-1.a1', by: 'user' } };
  later.append(events('r-1', [revoked], 4));
  t.match(later.approvals(), [{ revokedBy: 'user', revokedAt: '2026-01-01T00:00:00.000Z' }]);
  t.throws(() => later.append(events('r-1', [revoked], 5)), { code: 'store-conflict', message: /revoked before/ });
  t.equal(later.events('r-1').length, 4);
  t.end();
});

t.test('what cannot be opened says why', async (t) => {
  const dir = t.testdir({ 'text.db': 'this is no database, it is a text of some length '.repeat(40), file: 'x' });
  const newer = join(dir, 'newer.db');
  openStore(newer).close();
  const db = new Database(newer);
  db.pragma('user_version = 99');
  db.close();
  t.throws(() => openStore(newer), { code: 'newer-state', exit: 2, hint: /update it/ });
  const other = join(dir, 'other.db');
  const early = new Database(other);
  early.exec('CREATE TABLE runs (run_id TEXT PRIMARY KEY); CREATE TABLE events (run_id TEXT, seq INTEGER)');
  early.pragma('user_version = 1');
  early.close();
  t.throws(() => openStore(other), {
    code: 'store-unavailable',
    exit: 3,
    message: /^the state was written by another build of Harness, before its form was settled: .*other\.db \(/,
    hint: /^move .* away, and a new state is made/,
  });
  t.throws(() => openStore(join(dir, 'text.db')), { code: 'store-unavailable', exit: 3, message: /not a database/ });
  t.throws(() => openStore(join(dir, 'file', 'state.db')), { code: 'disk-unavailable', exit: 3 });
});

t.test('a workspace is held by one; who waits is told by whom', async (t) => {
  const dir = t.testdir();
  const lock = await lockWorkspace({ dir, workspace: 'acme', command: 'harness chat', waitMs: 0 });
  let waited = '';
  const second = lockWorkspace({
    dir,
    workspace: 'acme',
    command: 'other',
    waitMs: 120,
    onWait: (holder) => {
      waited = holder;
    },
  });
  await t.rejects(second, { code: 'workspace-busy', message: new RegExp(`process ${process.pid} \\(harness chat`) });
  t.match(waited, 'harness chat');
  const third = lockWorkspace({ dir, workspace: 'acme', command: 'third', waitMs: 60_000 });
  setTimeout(() => lock.release(), 60);
  (await third).release();
  t.ok(existsSync(join(dir, 'lock.db')));
});

t.test('the lock dies with its process', async (t) => {
  const dir = t.testdir({
    'hold.mjs': `import Database from ${JSON.stringify(import.meta.resolve('better-sqlite3'))};
      const db = new Database(process.argv[2] + '/lock.db');
      db.exec('BEGIN EXCLUSIVE');
      console.log('held');
      setInterval(() => db.open, 1000);`,
  });
  const child = spawn(process.execPath, [join(dir, 'hold.mjs'), dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  t.equal(tryLock({ dir, command: 'x' }), undefined);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const lock = tryLock({ dir, command: 'x' });
  t.ok(lock);
  lock?.release();
});

t.test('every error has its exit code', async (t) => {
  t.equal(new HarnessError('workspace-busy', 'x').exit, 3);
  t.equal(new HarnessError('invalid-files', 'x').exit, 2);
});
