import { basename } from 'node:path';
import { isMap, isScalar } from 'yaml';
import { HarnessError, type Problem } from '../core/errors.ts';
import { canonical, type Json } from '../core/json.ts';
import type { CalibrationFile, MeasuredJudge } from '../generated/config.ts';
import type { CaseFiles } from './case-part.ts';
import { checkFile } from './check.ts';
import type { Report } from './draft.ts';
import type { Finding, Part } from './finding.ts';
import { sortProblems } from './frame.ts';
import { kindOf } from './paths.ts';
import { createReader } from './reader.ts';
import { createCollector } from './report.ts';
import { parseSource, placeOf, type Source } from './source.ts';
import { quote } from './words.ts';
import { replaceFile } from './write-file.ts';
import { parseYaml } from './yaml-parse.ts';
import { yamlText } from './yaml-text.ts';

/** Reads and checks calibrations, each file once. Absolute paths. What is wrong with one is reported in its own file. */
export function calibrationReader({
  reader,
  report,
}: Pick<CaseFiles, 'reader' | 'report'>): (file: string) => CalibrationFile | undefined {
  const known = new Map<string, CalibrationFile | undefined>();
  return (file) => {
    if (known.has(file)) return known.get(file);
    const source = reader.yaml(file);
    const calibration = source && checked(partOf(source), report);
    known.set(file, calibration);
    return calibration;
  };
}

function checked(part: Part, report: Report): CalibrationFile | undefined {
  const findings = findingsIn(part);
  for (const finding of findings) report(part, finding);
  return findings.length === 0 ? (part.value as unknown as CalibrationFile) : undefined;
}

/** A calibration that was named on the command line. */
export interface CalibrationRead {
  /** Absent when there are problems. */
  readonly ok?: {
    readonly calibration: CalibrationFile;
    /** Of the file. */
    readonly text: string;
    /** Line of an example, from 1. */
    lineOf(example: number): number;
  };
  readonly problems: readonly Problem[];
}

/** @param file absolute path */
export function readCalibration(file: string): CalibrationRead {
  if (kindOf(file) !== 'file') {
    const message = `there is no file ${quote(basename(file))} with labelled answers`;
    return { problems: [{ code: 'missing-file', severity: 'error', message, pointer: '' }] };
  }
  const reader = createReader();
  const { report, problems } = createCollector();
  const calibration = calibrationReader({ reader, report })(file);
  const source = reader.yaml(file);
  const all = sortProblems([...reader.problems(), ...problems]);
  if (!calibration || !source) return { problems: all };
  const lineOf = (example: number) => placeOf(source, ['examples', example], 'value').line;
  return { ok: { calibration, text: source.text, lineOf }, problems: all };
}

function partOf(source: Source): Part {
  return { source, base: [], subject: `the calibration ${quote(basename(source.file))}`, value: source.value };
}

function findingsIn({ value, subject }: Part): readonly Finding[] {
  const findings = checkFile('calibration', value, subject);
  if (findings.length > 0) return findings;
  const labels = new Set((value as unknown as CalibrationFile).examples.map(({ pass }) => pass));
  if (labels.size === 2) return [];
  const message = `all examples of ${subject} have the same label, which tells nothing about a judge`;
  return [{ code: 'one-label', message, hint: 'add answers that a person judges otherwise', path: ['examples'] }];
}

/**
 * The text of a calibration with another `measured` at its end; everything else stays as its author wrote it.
 * @throws HarnessError `invalid-files` when the text is of a form into which nothing can be put
 */
export function calibrationText(file: string, text: string, measured: MeasuredJudge): string {
  const own = withoutMeasured(text).replace(/\s*$/, '\n');
  const written = `${own}${yamlText({ measured } as unknown as Json)}`;
  const [before, after] = [jsonOf(file, own), jsonOf(file, written)];
  const wanted = { ...(before as object), measured } as unknown as Json;
  if (after !== undefined && canonical(after) === canonical(wanted)) return written;
  throw new HarnessError('invalid-files', `what was measured cannot be written into ${basename(file)}`, {
    hint: 'write the file as plain YAML: a key on each line, without { } around all of it',
  });
}

/** Writes what was measured into the file. @throws HarnessError `invalid-files`, `disk-unavailable` */
export function writeMeasured(file: string, text: string, measured: MeasuredJudge): void {
  replaceFile(file, calibrationText(file, text, measured));
}

function withoutMeasured(text: string): string {
  const parsed = parseYaml(text);
  const contents = 'contents' in parsed ? parsed.contents : null;
  if (!isMap(contents)) return text;
  const own = contents.items.find(({ key }) => isScalar(key) && key.value === 'measured');
  if (!own) return text;
  const from = own.key.range[0];
  // With what follows on the same line.
  const to = own.value?.range[2] ?? own.key.range[2];
  return text.slice(0, from) + text.slice(to);
}

function jsonOf(file: string, text: string): Json | undefined {
  const parsed = parseSource(file, text);
  return 'ok' in parsed ? parsed.ok.value : undefined;
}
