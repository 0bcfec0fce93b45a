import { visible } from '../../core/text.ts';
import type { CaseResult, SuiteReport } from '../report.ts';
import { problemText } from './problem-text.ts';
import { errorText, excuse, failingTrials, secondsOf, trialsText } from './wording.ts';

/**
 * JUnit XML: a test suite for each app, a test case for each case. A case that did not pass and does not fail the suite is
 * skipped there, so that what reads the file comes to the same verdict as the exit code.
 */
export function junit(report: SuiteReport): string {
  const apps = [...new Set(report.cases.map(({ app }) => app))];
  const suites = apps.map((app) =>
    suiteElement(
      report,
      app,
      report.cases.filter((result) => result.app === app),
    ),
  );
  const attributes = { name: 'harness eval', ...counts(report, report.cases), time: seconds(report.seconds) };
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('testsuites', attributes, suites)}\n`;
}

function suiteElement(report: SuiteReport, app: string, cases: readonly CaseResult[]): string {
  const time = seconds(cases.reduce((sum, result) => sum + secondsOf(result), 0));
  const attributes = { name: app, ...counts(report, cases), time, timestamp: report.startedAt };
  const facts = properties({
    suite: report.suite,
    harness: report.harness,
    mode: report.mode,
    ...(report.shard && { shard: `${report.shard.index}/${report.shard.of}` }),
    ...(report.totals.notRun > 0 && { notRun: report.totals.notRun }),
    ...(report.stopped !== undefined && { stopped: report.stopped }),
  });
  return element('testsuite', attributes, [facts, ...cases.map((result) => caseElement(report, result))]);
}

function counts(report: SuiteReport, cases: readonly CaseResult[]): Attributes {
  const problems = cases.filter(({ outcome }) => outcome !== 'passed');
  const counting = problems.filter((result) => excuse(report, result) === undefined);
  const failures = counting.filter(({ outcome }) => outcome === 'failed').length;
  const skipped = problems.length - counting.length;
  return { tests: cases.length, failures, errors: counting.length - failures, skipped };
}

function caseElement(report: SuiteReport, result: CaseResult): string {
  const { app, id, file, line, stats, outcome } = result;
  const attributes = { classname: app, name: id, file, line, time: seconds(secondsOf(result)) };
  const facts = properties({
    trials: stats.trials,
    passed: stats.passed,
    passRate: stats.passRate ?? 'unknown',
    ...(stats.errors > 0 && { errors: stats.errors }),
    ...(stats.interval && { interval: stats.interval.map((bound) => bound.toFixed(4)).join(' ') }),
    ...Object.fromEntries(stats.passAtK.map(({ k, value }) => [`pass@${k}`, value])),
    ...Object.fromEntries(stats.passHatK.map(({ k, value }) => [`pass^${k}`, value])),
    ...(result.tags.length > 0 && { tags: result.tags.join(' ') }),
  });
  if (outcome === 'passed') return element('testcase', attributes, [facts]);
  const text = problemText(result);
  const excused = excuse(report, result);
  const verdict =
    excused !== undefined
      ? [element('skipped', { message: `${outcome}, ${excused}` }), element('system-out', {}, escaped(text))]
      : [element(outcome === 'failed' ? 'failure' : 'error', reasonOf(result), escaped(text))];
  return element('testcase', attributes, [facts, ...verdict]);
}

/** One line for lists of failures, and what kind of failure it is. */
function reasonOf(result: CaseResult): Attributes {
  const [worst] = failingTrials(result);
  const error = worst && errorText(worst.trial);
  const [check] = worst?.failed ?? [];
  const message = error ?? (check ? `${check.name}: ${check.message}` : trialsText(result.stats));
  return { type: worst?.trial.error?.code ?? (result.outcome === 'failed' ? 'assertion' : result.outcome), message };
}

type Attributes = Readonly<Record<string, string | number>>;

function properties(values: Attributes): string {
  const each = Object.entries(values).map(([name, value]) => element('property', { name, value }));
  return element('properties', {}, each);
}

/** An element with text that is escaped already, or with others inside. */
function element(name: string, attributes: Attributes, inside: string | readonly string[] = []): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${attribute(String(value))}"`);
  const open = `<${name}${written.join('')}`;
  if (typeof inside === 'string') return `${open}>${inside}</${name}>`;
  if (inside.length === 0) return `${open}/>`;
  return `${open}>\n${inside.join('\n')}\n</${name}>`;
}

/** Seconds as JUnit writes them. */
function seconds(value: number): string {
  return value.toFixed(3);
}

/** A new line in an attribute would be read as a space. */
function attribute(text: string): string {
  return escaped(text).replace(/"/g, '&quot;').replace(/\n/g, '&#10;').replace(/\t/g, '&#9;');
}

/** Text with the characters that XML knows, and none that it cannot hold. */
function escaped(text: string): string {
  return visible(text)
    .replace(/[\ufffe\uffff]/g, '\ufffd')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;');
}
