import { beginning, visible, visibleLine } from '../../../core/text.ts';
import { type DiffLine, diffLines } from '../../diff-text.ts';
import type { CaseResult, Outcome, SuiteReport, TrialResult } from '../../report.ts';
import {
  caseFacts,
  caseName,
  counted,
  duration,
  errorText,
  excuse,
  placeOf,
  trialsText,
  usageTexts,
} from '../wording.ts';
import { type TimelineItem, timeline } from './timeline.ts';

/** One line of the list of cases: all that the page reads when it opens. */
export interface PageRow {
  /** Id of the element that holds the rest. */
  readonly data: string;
  readonly name: string;
  readonly outcome: Outcome;
  /** Why it does not fail the suite; empty when it does, or passed. */
  readonly excuse: string;
  readonly facts: readonly string[];
  readonly tags: readonly string[];
  /** In lower case: what a search looks through. */
  readonly words: string;
}

/** The rest of a case, read when it is opened. */
export interface PageCase {
  readonly place: string;
  readonly description: string;
  readonly input: string;
  /** Empty for a single trial. */
  readonly stats: string;
  readonly trials: readonly PageTrial[];
}

export interface PageTrial {
  readonly title: string;
  readonly outcome: Outcome;
  readonly error: string;
  readonly facts: readonly string[];
  readonly agents: string;
  readonly answer: string;
  readonly checks: readonly PageCheck[];
  readonly timeline: readonly TimelineItem[];
}

export interface PageCheck {
  readonly name: string;
  readonly pass: boolean;
  readonly message: string;
  readonly lines: readonly DiffLine[];
}

export function pageRow(report: SuiteReport, result: CaseResult, index: number): PageRow {
  const { outcome, tags, description = '', input } = result;
  const name = caseName(result);
  return {
    data: `case-${index}`,
    name,
    outcome,
    excuse: excuse(report, result) ?? '',
    facts: caseFacts(result),
    tags: tags.map(visibleLine),
    words: visibleLine([name, outcome, ...tags, description, beginning(input, 2000)].join(' ')).toLowerCase(),
  };
}

export function pageCase(result: CaseResult): PageCase {
  const { stats, trials } = result;
  return {
    place: placeOf(result),
    description: visible(result.description ?? ''),
    input: visible(result.input),
    stats: stats.trials > 1 ? `${trialsText(stats)}, wanted ${stats.wanted.toFixed(2)}` : '',
    trials: trials.map(pageTrial),
  };
}

function pageTrial(trial: TrialResult): PageTrial {
  const { calls, steps, seconds, checks, events } = trial;
  return {
    title: `Trial ${trial.trial}`,
    outcome: trial.outcome,
    error: errorText(trial) ?? '',
    facts: [counted(calls.length, 'call'), counted(steps, 'step'), ...usageTexts(trial), duration(seconds)],
    agents: trial.agents.map(visibleLine).join(' → '),
    answer: visible(trial.answer),
    checks: checks.map(({ name, pass, message, diff }) => ({
      name: visibleLine(name),
      pass,
      message: visible(message),
      lines: diffLines(diff),
    })),
    timeline: timeline(events),
  };
}
