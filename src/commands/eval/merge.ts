import { readFileSync } from 'node:fs';
import { type ExitCode, HarnessError, messageOf } from '../../core/errors.ts';
import { isObject, type Json } from '../../core/json.ts';
import { version } from '../../core/version.ts';
import { caseKey } from '../../evals/baseline.ts';
import type { SuiteReport } from '../../evals/report.ts';
import { exitOf } from './exit.ts';
import type { EvalOptions } from './options.ts';
import { targetsOf, writeReports } from './reports.ts';
import { totalsOf } from './result.ts';

/**
 * `harness eval merge <report.json…>`: the reports of all shards as one, with one exit code.
 * @throws HarnessError `invalid-files` when a shard is missing, twice, or of another suite
 */
export async function mergeReports(
  files: readonly string[],
  options: Pick<EvalOptions, 'json' | 'report'>,
): Promise<ExitCode> {
  const parts = files.map((file) => ({ file, report: read(file) }));
  checkShards(parts);
  const reports = parts.map(({ report }) => report);
  const cases = reports.flatMap((report) => report.cases);
  const twice = cases.map(caseKey).find((key, at, keys) => keys.indexOf(key) !== at);
  if (twice !== undefined) throw new HarnessError('invalid-files', `the reports hold the case ${twice} twice`);
  const stopped = reports.find((report) => report.stopped !== undefined)?.stopped;
  const chosen = reports.reduce((sum, { totals }) => sum + totals.cases, 0);
  if (chosen === 0) throw new HarnessError('invalid-files', 'the reports hold no case at all');
  const [first] = reports;
  const merged = {
    format: 1 as const,
    harness: version,
    suite: first?.suite ?? '',
    startedAt: reports.map(({ startedAt }) => startedAt).sort()[0] ?? '',
    // Shards run side by side.
    seconds: Math.max(...reports.map(({ seconds }) => seconds)),
    mode: first?.mode ?? 'offline',
    totals: totalsOf(cases, chosen),
    cases,
    ...(stopped !== undefined && { stopped }),
  };
  const report: SuiteReport = { ...merged, exit: exitOf(merged) };
  writeReports(report, targetsOf(options), { root: process.cwd(), linesShown: false });
  return report.exit as ExitCode;
}

interface Part {
  readonly file: string;
  readonly report: SuiteReport;
}

function read(file: string): SuiteReport {
  let value: Json;
  try {
    value = JSON.parse(readFileSync(file, 'utf8')) as Json;
  } catch (thrown) {
    throw new HarnessError('invalid-files', `${file} cannot be read as JSON: ${messageOf(thrown)}`);
  }
  const fits =
    isObject(value) && value.format === 1 && Array.isArray(value.cases) && isObject(value.totals) && 'exit' in value;
  if (!fits) {
    throw new HarnessError('invalid-files', `${file} is no report of \`harness eval --report json=…\``);
  }
  return value as unknown as SuiteReport;
}

function checkShards(parts: readonly Part[]): void {
  const of = parts[0]?.report.shard?.of;
  const seen = new Map<number, string>();
  for (const { file, report } of parts) {
    if (report.shard === undefined) {
      throw new HarnessError('invalid-files', `${file} is the report of a whole suite, not of a shard`);
    }
    if (report.shard.of !== of) {
      throw new HarnessError(
        'invalid-files',
        `${file} is one of ${report.shard.of} shards, ${parts[0]?.file} one of ${of}`,
      );
    }
    const before = seen.get(report.shard.index);
    if (before !== undefined) {
      throw new HarnessError('invalid-files', `${before} and ${file} are both shard ${report.shard.index}/${of}`);
    }
    seen.set(report.shard.index, file);
  }
  const missing = Array.from({ length: of ?? 0 }, (_, at) => at + 1).filter((index) => !seen.has(index));
  if (missing.length === 0) return;
  const names = missing.map((index) => `${index}/${of}`).join(', ');
  throw new HarnessError('invalid-files', `the report of shard ${names} is missing`);
}
