import { type BudgetOwner, BudgetReached, type Least, limitKinds, limitReached } from '../core/budget.ts';
import { HarnessError } from '../core/errors.ts';
import type { Event } from '../core/event.ts';
import { type Amounts, createMeter, type Meter, sum, unused } from '../core/meter.ts';
import type { Approver, Clock, ModelRef, Store } from '../core/ports.ts';
import type { PriceStep } from '../core/usage.ts';
import type { Limits } from '../generated/config.ts';

/** What a run may use, and how it is counted. */
export interface Budgets {
  readonly run: Limits;
  readonly session: Limits;
  readonly agents: Readonly<Record<string, Limits>>;
  readonly priceOf: PriceStep;
}

export interface BudgetRequest {
  readonly budgets: Budgets;
  readonly runId: string;
  readonly session: string;
  readonly store: Store;
  readonly clock: Clock;
  /** The caller's own. */
  readonly signal: AbortSignal;
  /** Of this run, from an earlier process. */
  readonly earlier?: readonly Event[];
}

/** Keeps one run within its budgets. */
export interface BudgetKeeper {
  /** Ends with the caller's signal, and when the seconds are up. */
  readonly signal: AbortSignal;
  /** Told of every event of the run, as it happens. */
  take(event: Event): void;
  /** @throws BudgetReached when nothing is left for one more step of an agent, or certainly not enough */
  check(agent: string, span: string, model: ModelRef | null): void;
  /** The same approver; while it waits for a person no seconds are counted. */
  waiting(approver: Approver): Approver;
  /** What ended the run, where its seconds were up; else what was thrown. */
  causeOf(thrown: unknown): unknown;
  close(): void;
}

/** Timers cannot be longer. */
const longestTimer = 2 ** 31 - 1;

/** Begins to count. What the run used in an earlier process counts too. */
export function keepBudget(request: BudgetRequest): BudgetKeeper {
  const { budgets, runId, clock } = request;
  const meter = createMeter(budgets.priceOf);
  for (const event of request.earlier ?? []) meter.take(event);
  const before = isLimited(budgets.session) ? usedBefore(request) : undefined;
  // Where nothing is limited, nothing is counted.
  const limited = [budgets.run, budgets.session, ...Object.values(budgets.agents)].some(isLimited);
  const timed = budgets.run.seconds !== undefined || budgets.session.seconds !== undefined;
  const late = new AbortController();
  let workingSince: number | undefined = clock.now();
  let timer: NodeJS.Timeout | undefined;
  /** Seconds of work that no event has told of yet. */
  const sinceLast = () => {
    if (workingSince === undefined) return 0;
    return Math.max(0, clock.now() - Math.max(workingSince, meter.lastAt() ?? 0)) / 1000;
  };
  const books = (): readonly Book[] => booksOf(budgets, meter, before, sinceLast());
  const start = () => {
    workingSince = clock.now();
    if (!timed) return;
    const left = Math.min(
      ...books().map(({ limits, used }) => (limits.seconds ?? Number.POSITIVE_INFINITY) - used.seconds),
    );
    if (left * 1000 > longestTimer) return;
    timer = setTimeout(() => late.abort(lateError(books(), runId)), Math.max(0, left * 1000));
  };
  const stop = () => {
    clearTimeout(timer);
    workingSince = undefined;
  };
  start();
  return {
    signal: timed ? AbortSignal.any([request.signal, late.signal]) : request.signal,
    take: limited ? meter.take : () => {},
    check(agent, span, model) {
      if (!limited) return;
      const least = leastStep(meter, budgets.priceOf, span, model, clock);
      const own = { owner: { of: 'agent', agent }, limits: budgets.agents[agent] ?? {}, ...shares(meter) } as const;
      const used = meter.agents().get(agent) ?? unused;
      for (const book of [...books(), { ...own, used }]) {
        const reached = limitReached(book.limits, book.used, least);
        if (reached) throw new BudgetReached({ owner: book.owner, ...reached, agents: book.of(reached.kind) }, runId);
      }
    },
    waiting: (approver) => ({
      decide: async (request, signal) => {
        stop();
        try {
          return await approver.decide(request, signal);
        } finally {
          start();
        }
      },
    }),
    causeOf: (thrown) => (late.signal.aborted && isInterruption(thrown) ? late.signal.reason : thrown),
    close: stop,
  };
}

function isLimited(limits: Limits): boolean {
  return limitKinds.some((kind) => limits[kind] !== undefined);
}

/** Limits with what was used of them. */
interface Book {
  readonly owner: BudgetOwner;
  readonly limits: Limits;
  readonly used: Amounts;
  /** What each agent used. */
  of(kind: keyof Limits): Readonly<Record<string, number | null>>;
}

/** What the runs of the session used before this one. */
function usedBefore({ store, session, runId, budgets }: BudgetRequest): Meter {
  const meter = createMeter(budgets.priceOf);
  const runs = store.runs({ session }).filter((run) => run.runId !== runId);
  for (const run of runs.reverse()) for (const event of store.events(run.runId)) meter.take(event);
  return meter;
}

function booksOf({ run, session }: Budgets, meter: Meter, before: Meter | undefined, more: number): readonly Book[] {
  const used = sum(meter.total(), { ...unused, seconds: more });
  const ofRun: Book = { owner: { of: 'run' }, limits: run, used, ...shares(meter) };
  if (!before) return [ofRun];
  return [
    ofRun,
    { owner: { of: 'session' }, limits: session, used: sum(before.total(), used), ...shares(before, meter) },
  ];
}

function shares(...meters: readonly Meter[]): Pick<Book, 'of'> {
  return {
    of: (kind) => {
      const names = new Set(meters.flatMap((meter) => [...meter.agents().keys()]));
      const usedBy = (name: string) => meters.map((meter) => meter.agents().get(name) ?? unused).reduce(sum);
      return Object.fromEntries([...names].sort().map((name) => [name, usedBy(name)[kind]]));
    },
  };
}

/**
 * What the next step takes at the least: what its conversation took before, all of it read from the cache. Another
 * model may count otherwise.
 */
function leastStep(meter: Meter, priceOf: PriceStep, span: string, model: ModelRef | null, clock: Clock): Least {
  const alone = model !== null && (model.fallback ?? []).length === 0;
  const input = alone ? meter.leastInput(span, model.id) : 0;
  if (!alone || input === 0) return { steps: 1, tokens: 0, costUsd: 0 };
  const usage = { input, output: 0, cacheRead: input, cacheWrite: 0 };
  return { steps: 1, tokens: input, costUsd: priceOf(model.id, usage, new Date(clock.now()).toISOString()) ?? 0 };
}

function lateError(books: readonly Book[], runId: string): HarnessError {
  const seconds = ({ limits, used }: Book) => (limits.seconds ?? Number.POSITIVE_INFINITY) - used.seconds;
  const [book] = [...books].sort((left, right) => seconds(left) - seconds(right));
  if (!book) return new HarnessError('interrupted', 'interrupted');
  const { owner, limits, used } = book;
  const limit = limits.seconds ?? 0;
  const report = {
    owner,
    kind: 'seconds',
    limit,
    used: Math.max(limit, used.seconds),
    agents: book.of('seconds'),
  } as const;
  return new BudgetReached(report, runId);
}

function isInterruption(thrown: unknown): boolean {
  if (thrown instanceof HarnessError) return thrown.code === 'interrupted';
  return thrown instanceof Error && thrown.name === 'AbortError';
}
