import type { Event, EventType, Facts } from '../../src/core/event.ts';
import type {
  CaseResult,
  CheckResult,
  DiffEntry,
  Outcome,
  SuiteReport,
  Totals,
  TrialResult,
} from '../../src/evals/report.ts';

/** Reports as the engine would make them, with whatever a test wants to be different. */
export function suiteReport(cases: readonly CaseResult[], more: Partial<SuiteReport> = {}): SuiteReport {
  return {
    format: 1,
    harness: '0.1.0',
    suite: 'r-suite-1',
    startedAt: '2026-11-22T10:00:00.000Z',
    seconds: 1.25,
    mode: 'offline',
    totals: totalsOf(cases),
    cases,
    exit: cases.every(({ outcome }) => outcome === 'passed') ? 0 : 1,
    ...more,
  };
}

function totalsOf(cases: readonly CaseResult[]): Totals {
  const count = (wanted: Outcome) => cases.filter(({ outcome }) => outcome === wanted).length;
  const trials = cases.flatMap((result) => result.trials);
  return {
    cases: cases.length,
    passed: count('passed'),
    failed: count('failed'),
    errors: count('error'),
    budget: count('budget'),
    notRun: 0,
    trials: trials.length,
    tokens: trials.reduce((sum, trial) => sum + trial.tokens, 0),
    costUsd: trials.reduce((sum, trial) => sum + (trial.costUsd ?? 0), 0),
  };
}

export function caseResult(id: string, trials: readonly TrialResult[], more: Partial<CaseResult> = {}): CaseResult {
  const judged = trials.filter(({ outcome }) => outcome !== 'error');
  const passed = judged.filter(({ outcome }) => outcome === 'passed').length;
  const worst = (['error', 'budget', 'failed'] as const).find((each) => trials.some(({ outcome }) => outcome === each));
  const rate = judged.length === 0 ? null : passed / judged.length;
  return {
    app: 'coordinator-planner-executor',
    id,
    tags: ['executor'],
    file: `evals/coordinator-planner-executor/${id.replace(/^tc-/, '')}.yaml`,
    line: 2,
    digest: 'd1',
    gate: true,
    outcome: worst ?? 'passed',
    input: 'Create the catalog action plan for product p-001, to lower the price to $6.49, then apply that plan.',
    stats: {
      trials: trials.length,
      judged: judged.length,
      passed,
      errors: trials.length - judged.length,
      passRate: rate,
      wanted: 1,
      interval: rate === null ? null : [0.4, 0.89],
      passAtK: rate === null ? [] : [{ k: 1, value: rate }],
      passHatK:
        rate === null ? [] : [{ k: 1, value: rate }, ...(judged.length > 1 ? [{ k: judged.length, value: 0 }] : [])],
    },
    trials,
    ...more,
  };
}

export function trialResult(more: Partial<TrialResult> = {}): TrialResult {
  return {
    trial: 1,
    outcome: 'passed',
    checks: [
      passedCheck('expectedTrajectory'),
      passedCheck('executedActions'),
      passedCheck('implicit: plans are valid'),
    ],
    answer: 'Sparkling Water 12pk now costs 6.49.',
    agents: ['coordinator', 'planner', 'executor'],
    calls: ['call_agent', 'storePlan', 'call_agent', 'executePlan'].map((tool) => ({
      agent: 'planner',
      tool,
      ok: true,
    })),
    steps: 7,
    tokens: 0,
    costUsd: 0,
    seconds: 0.012,
    events: priceChange(6.49),
    ...more,
  };
}

function passedCheck(name: string): CheckResult {
  return { name, path: [], pass: true, message: '', diff: [] };
}

export function failedCheck(name: string, message: string, diff: readonly DiffEntry[] = []): CheckResult {
  return { name, path: ['assert', 0], pass: false, message, diff };
}

/** What one changed price in a script leads to. */
export const wrongPrice: DiffEntry = {
  kind: 'differs',
  subject: 'price_change',
  path: '/newPrice',
  expected: 6.49,
  actual: 5.49,
  expectedAt: 0,
  actualAt: 0,
};

export function wrongPriceTrial(trial = 1): TrialResult {
  return trialResult({
    trial,
    outcome: 'failed',
    checks: [
      passedCheck('expectedTrajectory'),
      failedCheck('executedActions', 'one action is not as expected', [wrongPrice]),
      failedCheck('assert[0] contains', 'the answer does not contain "6.49"'),
    ],
    answer: 'Sparkling Water 12pk now costs 5.49.',
    events: priceChange(5.49),
  });
}

/** The trace of a price change through planner and executor, with a refused query and an approval. */
export function priceChange(newPrice: number): Event[] {
  const action = { kind: 'price_change', productId: 'p-001', newPrice };
  const body = { rationale: 'Wholesale demand is strong.', actions: [action] };
  const result = {
    index: 0,
    kind: 'price_change',
    status: 'applied',
    entitiesAffected: 1,
    summary: 'p-001 changed',
  } as const;
  const plan = { planId: 'plan-1', version: 1 };
  const executed = {
    planId: 'plan-1',
    status: 'executed',
    entitiesAffected: 1,
    summary: '1 of 1 action applied',
    details: {},
    actions: [result],
  } as const;
  const call = (id: string, tool: string, args: Facts['tool.called']['call']['args']) => ({
    call: { id, tool, args },
    effect: 'write' as const,
  });
  const step = (text: string) => ({
    index: 1,
    step: { text, calls: [], stop: text === '' ? ('calls' as const) : ('end' as const) },
  });
  const trace = recorder();
  const coordinator = trace('1', 'coordinator');
  const planner = trace('1.1', 'planner');
  const executor = trace('1.2', 'executor');
  return [
    coordinator('run.started', {
      app: 'a',
      workspace: 'acme',
      session: 's-1',
      agent: 'coordinator',
      prompt: 'Lower it.',
      interpreter: 'scripted',
    }),
    coordinator('agent.started', { prompt: 'Lower the price of p-001 to 6.49.', call: null, continues: null }),
    coordinator('step.finished', step('')),
    coordinator('tool.called', call('c-1', 'call_agent', { agent: 'planner', prompt: 'Plan it.' })),
    planner('agent.started', { prompt: 'Plan the price change for p-001.', call: 'c-1', continues: null }),
    planner('provider.retried', { attempt: 1, delayMs: 500, error: { code: 'overloaded', message: 'try later' } }),
    planner('tool.called', call('c-2', 'storePlan', { specName: 'CatalogActionPlan', body })),
    planner('plan.stored', { ...plan, specName: 'CatalogActionPlan', hash: 'h', body }),
    planner('tool.finished', { call: 'c-2', tool: 'storePlan', outcome: { ok: true, result: { planId: 'plan-1' } } }),
    planner('tool.called', call('c-3', 'execute_query', { sql: 'SELECT secret FROM staff' })),
    planner('tool.finished', {
      call: 'c-3',
      tool: 'execute_query',
      outcome: { ok: false, error: { code: 'denied', message: 'not allowed' } },
    }),
    planner('step.finished', step('Stored plan-1.')),
    planner('agent.finished', { answer: 'Stored plan-1.', steps: 2, plans: ['plan-1'] }),
    coordinator('tool.finished', {
      call: 'c-1',
      tool: 'call_agent',
      outcome: { ok: true, result: { answer: 'Stored plan-1.' } },
    }),
    coordinator('tool.called', call('c-4', 'call_agent', { agent: 'executor', prompt: 'Execute plan-1.' })),
    executor('agent.started', { prompt: 'Execute plan-1.', call: 'c-4', continues: null }),
    executor('tool.called', call('c-5', 'executePlan', { planId: 'plan-1' })),
    executor('approval.requested', {
      approval: 'a-1',
      call: 'c-5',
      subject: { kind: 'plan', ...plan, specName: 'CatalogActionPlan', hash: 'h' },
      rule: 'default',
      reason: '',
    }),
    executor('approval.decided', { approval: 'a-1', decision: { kind: 'approve' }, by: 'script' }),
    executor('plan.executing', { ...plan, hash: 'h' }),
    executor('action.started', { ...plan, index: 0, key: 'k', action }),
    executor('action.finished', { planId: 'plan-1', key: 'k', result }),
    executor('plan.executed', { ...plan, result: executed }),
    executor('tool.finished', {
      call: 'c-5',
      tool: 'executePlan',
      outcome: { ok: true, result: { status: 'executed' } },
    }),
    executor('step.finished', step('Applied one price change.')),
    executor('agent.finished', { answer: 'Applied one price change.', steps: 2, plans: ['plan-1'] }),
    coordinator('tool.finished', {
      call: 'c-4',
      tool: 'call_agent',
      outcome: { ok: true, result: { answer: 'Applied.' } },
    }),
    coordinator('step.finished', step(`Sparkling Water 12pk now costs ${newPrice}.`)),
    coordinator('agent.finished', { answer: 'Done.', steps: 3, plans: ['plan-1'] }),
    coordinator('run.finished', { status: 'done', answer: `Sparkling Water 12pk now costs ${newPrice}.` }),
  ];
}

/** Makes events 3 ms apart. */
function recorder() {
  let seq = 0;
  return (span: string, agent: string) =>
    <K extends EventType>(type: K, data: Facts[K]): Event => {
      seq += 1;
      const at = new Date(Date.UTC(2026, 10, 22, 10, 0, 0, seq * 3)).toISOString();
      const parent = span.includes('.') ? '1' : null;
      return { runId: 'r-1', seq, at, span, parent, agent, type, data } as Event;
    };
}
