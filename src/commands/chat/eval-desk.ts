import { existsSync } from 'node:fs';
import { exits, HarnessError } from '../../core/errors.ts';
import { takeTurns } from '../../core/turns.ts';
import { caseKey } from '../../evals/baseline.ts';
import type { CaseResult } from '../../evals/report.ts';
import { totalsText } from '../../evals/reporters/wording.ts';
import { type EvalStore, openEvalStore } from '../../store/evals.ts';
import type {
  EvalCaseFacts,
  EvalCases,
  EvalDesk,
  EvalEnded,
  EvalLast,
  EvalMark,
  EvalRunning,
  EvalView,
} from '../../ui/eval-desk.ts';
import { begin, storeFile, wayOf } from '../eval/begin.ts';
import { type Choice, chooseCases, closeApps, type SuiteCase } from '../eval/choose.ts';
import type { SuiteProgress } from '../eval/progress.ts';
import { totalsOf } from '../eval/result.ts';
import { makeReady, playSuite } from '../eval/suite.ts';
import { watchApps } from '../eval/watch.ts';
import { type FoundBaseline, findBaseline, readLast } from './eval-record.ts';
import { factsOfCase, lastOf, trialsOf } from './eval-view.ts';
import { problemLines } from './problem-lines.ts';

/** The eval cases of the app in a folder. */
export function evalCasesOf(dir: string): EvalCases {
  const open = new Set<EvalDesk>();
  const closing = new Set<Promise<void>>();
  return {
    async open(changed) {
      const state = newState(dir, changed);
      const desk = deskOf(state, () => {
        open.delete(desk);
        const closed = closeDesk(state).finally(() => closing.delete(closed));
        closing.add(closed);
      });
      open.add(desk);
      await queued(state, () => read(state));
      return desk;
    },
    async close() {
      for (const desk of open) desk.close();
      await Promise.all(closing);
    },
  };
}

interface DeskState {
  readonly dir: string;
  changed(): void;
  /** What was read last without a mistake. */
  choice: Choice | undefined;
  cases: ReadonlyMap<string, SuiteCase>;
  baseline: FoundBaseline | undefined;
  store: EvalStore | undefined;
  last: Map<string, EvalLast>;
  /** By key: what the last result ran on. */
  view: EvalView;
  /** Files are read and cases run one after another. */
  work: Promise<void>;
  abort: AbortController | undefined;
  unwatch(): void;
  closed: boolean;
}

function newState(dir: string, changed: () => void): DeskState {
  const last = new Map<string, EvalLast>();
  return {
    dir,
    changed,
    choice: undefined,
    cases: new Map(),
    baseline: undefined,
    store: undefined,
    last,
    view: {
      cases: [],
      last,
      problems: [],
      baseline: undefined,
      running: undefined,
      ended: undefined,
      watching: false,
      edition: 0,
    },
    work: Promise.resolve(),
    abort: undefined,
    unwatch: () => undefined,
    closed: false,
  };
}

function deskOf(state: DeskState, closed: () => void): EvalDesk {
  state.unwatch = watchApps([state.dir], () => {
    void queued(state, () => (state.view.watching ? runChanged(state) : read(state)));
  });
  return {
    view: () => state.view,
    trials: (key) => {
      const chosen = state.cases.get(key);
      const text = chosen && state.last.has(key) ? state.store?.lastResult(key) : undefined;
      return chosen && text !== undefined ? trialsOf(chosen, JSON.parse(text) as CaseResult) : undefined;
    },
    run: (keys, live) => {
      if (state.view.running) return;
      set(state, { running: { ...nothingYet, live, cases: keys.length, since: Date.now() } });
      void queued(state, () => runAgain(state, keys, live));
    },
    stop: () => {
      const { running } = state.view;
      if (!running) return;
      state.abort?.abort();
      set(state, { running: { ...running, stopping: true } });
    },
    dismiss: () => set(state, { problems: [] }),
    watch: (on) => set(state, { watching: on }),
    close: closed,
  };
}

const nothingYet: EvalRunning = {
  live: false,
  cases: 0,
  done: 0,
  failed: 0,
  since: 0,
  stopping: false,
  trials: new Map(),
};

function set(state: DeskState, part: Partial<EvalView>): void {
  state.view = { ...state.view, ...part };
  if (!state.closed) state.changed();
}

/** Does something when all that was begun before has been done. What goes wrong is shown. */
function queued(state: DeskState, work: () => Promise<void>): Promise<void> {
  state.work = state.work.then(async () => {
    if (state.closed) return;
    try {
      await work();
    } catch (thrown) {
      set(state, { problems: problemLines(thrown) });
    }
  });
  return state.work;
}

async function closeDesk(state: DeskState): Promise<void> {
  state.closed = true;
  state.unwatch();
  state.abort?.abort();
  await state.work;
  state.store?.close();
  if (state.choice) await closeApps(state.choice);
}

/** Reads the files anew. What was read before stays in use where they are wrong. @throws HarnessError */
async function read(state: DeskState): Promise<void> {
  const choice = await chooseCases([state.dir], {}, () => new Map());
  const before = state.choice;
  state.choice = choice;
  state.cases = new Map(choice.cases.map((chosen) => [chosen.key, chosen]));
  if (before) await closeApps(before);
  set(state, { cases: await factsOf(choice.cases), problems: [], edition: state.view.edition + 1 });
  const wrong = readBaseline(state);
  if (!state.store && existsSync(storeFile(choice.root))) state.store = openEvalStore(storeFile(choice.root));
  if (state.store) state.last = await readLast(state.store, state.cases, state.baseline?.baseline);
  set(state, { last: state.last, baseline: state.baseline?.facts, edition: state.view.edition + 1, problems: wrong });
}

async function factsOf(cases: readonly SuiteCase[]): Promise<readonly EvalCaseFacts[]> {
  const turn = takeTurns();
  const facts: EvalCaseFacts[] = [];
  for (const chosen of cases) {
    await turn();
    facts.push(factsOfCase(chosen));
  }
  return facts;
}

/** @returns what is wrong with the baseline: cases are shown and run without it, too */
function readBaseline(state: DeskState): string[] {
  state.baseline = undefined;
  const [first] = state.cases.values();
  try {
    state.baseline = first && findBaseline(first);
    return [];
  } catch (thrown) {
    return problemLines(thrown);
  }
}

/** Runs what a change of the files has changed. */
async function runChanged(state: DeskState): Promise<void> {
  const before = state.cases;
  await read(state);
  const keys = [...state.cases.values()].filter(({ key, digest }) => before.get(key)?.digest !== digest);
  if (keys.length > 0) await runCases(state, keys, false);
}

/** @throws HarnessError for wrong files */
async function runAgain(state: DeskState, keys: readonly string[], live: boolean): Promise<void> {
  try {
    await read(state);
    const cases = keys.flatMap((key) => state.cases.get(key) ?? []);
    if (state.view.running?.stopping) set(state, { ended: stoppedBefore(cases.length) });
    else await runCases(state, cases, live);
  } finally {
    set(state, { running: undefined });
  }
}

/** Stopped while the files were read. */
function stoppedBefore(cases: number): EvalEnded {
  return { totals: totalsText(totalsOf([], cases)), seconds: 0, stopped: true, exit: exits.interrupted, leftOut: 0 };
}

/** Trials of passed cases are stored whole where there are few of them. */
const fewTrials = 50;

async function runCases(state: DeskState, wanted: readonly SuiteCase[], live: boolean): Promise<void> {
  const { choice, baseline } = state;
  const facts = new Map(state.view.cases.map((each) => [each.key, each]));
  const cases = live ? wanted : wanted.filter(({ key }) => facts.get(key)?.plays !== 'model');
  const leftOut = wanted.length - cases.length;
  if (!choice) return;
  if (cases.length === 0) throw nothingToPlay(leftOut);
  const mode = live ? 'live' : 'offline';
  const options = baseline ? { baseline: baseline.file } : {};
  const chosen = { ...choice, cases };
  const ready = makeReady(chosen, options, mode);
  state.store ??= openEvalStore(storeFile(choice.root));
  const { store } = state;
  state.abort = new AbortController();
  const { signal } = state.abort;
  const trials = cases.reduce((sum, { loaded }) => sum + loaded.definition.repeat, 0);
  const waiting = new Map(cases.map(({ key }) => [key, []]));
  const running = { ...nothingYet, live, cases: cases.length, since: Date.now(), trials: waiting };
  set(state, { running, ended: undefined });
  const begun = begin(store, wayOf(mode, options));
  const ticking = setInterval(() => set(state, {}), tickMs);
  try {
    const around = { mode, ready, store, signal, traces: trials <= fewTrials } as const;
    const progress = () => progressOf(state, waiting, begun.startedAt);
    const report = await playSuite(chosen, options, { ...begun, ...around, progress });
    const stopped = signal.aborted;
    if (!stopped && report.stopped === undefined) store.finish(begun.suite);
    const { exit, totals, seconds } = report;
    const ended: EvalEnded = { totals: totalsText(totals), seconds, stopped, exit, leftOut };
    set(state, { ended, edition: state.view.edition + 1 });
  } finally {
    clearInterval(ticking);
    state.abort = undefined;
    set(state, { running: undefined });
  }
}

const tickMs = 120;

/**
 * Keeps what is seen while cases run. It is drawn at the next tick.
 * @param trials those of each case that has not ended; they are changed
 */
function progressOf(state: DeskState, trials: Map<string, readonly EvalMark[]>, at: string): SuiteProgress {
  return {
    trial: (key, trial, outcome) => {
      const marks = [...(trials.get(key) ?? [])];
      marks[trial - 1] = outcome ?? 'running';
      trials.set(key, Array.from(marks));
    },
    case: (result) => {
      const key = caseKey(result);
      const chosen = state.cases.get(key);
      const before = state.last.get(key)?.outcome ?? null;
      if (chosen) state.last.set(key, lastOf(chosen, result, { at, before, baseline: state.baseline?.baseline }));
      trials.delete(key);
      const { running } = state.view;
      if (!running) return;
      const failed = running.failed + (result.outcome === 'passed' ? 0 : 1);
      state.view = { ...state.view, running: { ...running, done: running.done + 1, failed } };
    },
    done: () => undefined,
  };
}

function nothingToPlay(leftOut: number): HarnessError {
  if (leftOut === 0) return new HarnessError('unknown-name', 'the case is not there any more');
  const what = leftOut === 1 ? 'the case has' : `the ${leftOut} cases have`;
  return new HarnessError('invalid-usage', `${what} neither script nor cassette; nothing was run`, {
    hint: 'ask the models: l; or record a cassette: harness eval --record',
  });
}
