import { lstatSync } from 'node:fs';
import { basename } from 'node:path';
import { cassetteFormat, isSealed, recordCommand } from '../core/cassette.ts';
import { HarnessError, type Problem } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import type { Cassette } from '../generated/config.ts';
import { checkFile } from './check.ts';
import { memberAt } from './draft.ts';
import { type Finding, locate, type Part } from './finding.ts';
import { sortProblems } from './frame.ts';
import { parseSource, readText } from './source.ts';
import { quote } from './words.ts';
import { replaceFile } from './write-file.ts';
import { schemaLine, yamlText } from './yaml-text.ts';

/** Largest cassette that is read, in bytes. */
const maxBytes = 2 * 1024 * 1024;

export interface CassetteRead {
  /** Absent when there are problems. */
  readonly cassette?: Cassette;
  readonly problems: readonly Problem[];
}

/**
 * Reads and checks a cassette.
 * @param file absolute path @param caseId the case that it has to be of
 */
export function readCassette(file: string, caseId: string): CassetteRead {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (!stats?.isFile()) {
    const message = stats ? `${quote(basename(file))} is not a regular file` : `there is no file ${quote(file)}`;
    return { problems: [{ code: 'missing-file', severity: 'error', message, pointer: '' }] };
  }
  const text = readText(file, maxBytes);
  return 'ok' in text ? parseCassette(file, text.ok, caseId) : text;
}

function parseCassette(file: string, text: string, caseId: string): CassetteRead {
  const parsed = parseSource(file, text);
  if (!('ok' in parsed)) return parsed;
  const source = parsed.ok;
  const part: Part = { source, base: [], subject: `the cassette of ${quote(caseId)}`, value: source.value };
  const findings = findingsIn(part, caseId);
  if (findings.length > 0) return { problems: sortProblems(findings.map((finding) => locate(part, finding))) };
  return { cassette: source.value as unknown as Cassette, problems: [] };
}

/** The first thing that is wrong of: its format, its form, its content, the case that it belongs to. */
function findingsIn({ value, subject }: Part, caseId: string): readonly Finding[] {
  const again = `record it again: ${recordCommand(caseId)}`;
  const format = memberAt(value, 'format');
  if (typeof format === 'number' && format > cassetteFormat) {
    const message = `${subject} has format ${format}; this Harness reads format ${cassetteFormat}`;
    return [{ code: 'newer-format', message, hint: 'update Harness', path: ['format'] }];
  }
  const findings = checkFile('cassette', value, subject);
  if (findings.length > 0) return findings;
  const cassette = value as unknown as Cassette;
  if (!isSealed(cassette)) {
    const hint = `${again}; or move its steps into the case's own \`script\`, which may be edited`;
    return [
      { code: 'edited-cassette', message: `${subject} was edited after it was recorded`, hint, path: ['digest'] },
    ];
  }
  if (cassette.case === caseId) return [];
  const message = `the cassette was recorded for the case ${quote(cassette.case)}, not for ${quote(caseId)}`;
  return [{ code: 'foreign-cassette', message, hint: again, path: ['case'] }];
}

/** The text of a cassette's file, the same each time. @param root absolute path of the project */
export function cassetteText(cassette: Cassette, file: string, root: string): string {
  const { format, case: id, recordedAt, harness, digest, agents, steps, verdicts } = cassette;
  const ordered = { format, case: id, recordedAt, harness, digest, agents, steps, ...(verdicts && { verdicts }) };
  const notice = `# Recorded by \`${recordCommand(id)}\`. Record it again instead of editing it.\n`;
  const inline = (keys: readonly string[]) => keys[0] === 'steps' && keys.length === 3 && keys[2] === 'request';
  return schemaLine(file, root, 'cassette.schema.json') + notice + yamlText(ordered as unknown as Json, { inline });
}

/**
 * Writes a cassette in the place of the one before.
 * @throws HarnessError `disk-unavailable`; `invalid-usage` when it is too large, or holds what cannot be read back
 */
export function writeCassette(cassette: Cassette, file: string, root: string): void {
  const text = cassetteText(cassette, file, root);
  if (Buffer.byteLength(text) > maxBytes) {
    const size = `${maxBytes / 1024 / 1024} MiB`;
    throw new HarnessError(
      'invalid-usage',
      `the recording of "${cassette.case}" is larger than ${size}; it is not kept`,
      {
        hint: 'split the case, or let its tools answer with less',
      },
    );
  }
  const [problem] = parseCassette(file, text, cassette.case).problems;
  if (problem) {
    const message = `the recording of "${cassette.case}" cannot be kept: ${problem.message}`;
    throw new HarnessError('invalid-usage', message, problem.hint === undefined ? {} : { hint: problem.hint });
  }
  replaceFile(file, text);
}
