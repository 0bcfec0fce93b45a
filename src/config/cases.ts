import { basename, join } from 'node:path';
import { isObject, type Json } from '../core/json.ts';
import { type CaseFiles, type CasePart, checkCase, subjectOf } from './case-part.ts';
import { casesOfRows } from './case-rows.ts';
import { memberAt, type Report, textAt } from './draft.ts';
import type { Finding, Part } from './finding.ts';
import { otherKind } from './other-kind.ts';
import { names, resolveFile } from './paths.ts';
import { placeOf, type Source } from './source.ts';
import { quote } from './words.ts';

/** Reads and checks the case files of a folder; none when there is no such folder. Other files stand beside them. */
export async function readCases(folder: string, files: CaseFiles): Promise<readonly CasePart[]> {
  const cases: CasePart[] = [];
  for (const name of names(folder)) {
    if (!/\.ya?ml$/.test(name) || /\.(cassette|calibration)\.ya?ml$/.test(name)) continue;
    await files.turn();
    const resolved = resolveFile(name, folder, files.boundary);
    if ('path' in resolved) cases.push(...(await readCaseFile(resolved.path, files)));
    else files.report(unread(join(folder, name)), { ...resolved, path: [] });
  }
  reportTwins(cases, files.report);
  return cases;
}

/** Reads and checks one file: a case, a list of cases, or a case for each row of a table. */
export async function readCaseFile(file: string, files: CaseFiles): Promise<readonly CasePart[]> {
  const source = files.reader.yaml(file);
  if (source === undefined) return [];
  const { value } = source;
  if (Array.isArray(value)) return readList(source, value, files);
  // "input" tells a case whose assertions are misspelled from a template.
  const isTemplate = memberAt(value, 'rows') !== undefined || isObject(memberAt(value, 'case'));
  if (isTemplate && memberAt(value, 'input') === undefined) return casesOfRows(source, files);
  const other = otherKind(value, basename(file), 'eval case');
  if (other) {
    files.report({ source, base: [], subject: quote(basename(file)), value }, other);
    return [];
  }
  return [
    checkCase({ source, base: [], subject: subjectOf(value, `in ${quote(basename(file))}`), value }, files.report),
  ];
}

async function readList(
  source: Source,
  list: readonly Json[],
  { report, turn }: CaseFiles,
): Promise<readonly CasePart[]> {
  const name = quote(basename(source.file));
  if (list.length === 0) {
    const part: Part = { source, base: [], subject: name, value: list };
    report(part, { code: 'too-few', message: `the list of eval cases in ${name} is empty`, path: [] });
  }
  const cases: CasePart[] = [];
  for (const [index, value] of list.entries()) {
    await turn();
    const subject = subjectOf(value, `${index + 1} in ${name}`);
    cases.push(checkCase({ source, base: [index], subject, value }, report));
  }
  return cases;
}

/** A file that cannot be opened. */
function unread(file: string): Part {
  const spot = { key: undefined, value: [0, 0] as const, members: undefined };
  return { source: { file, text: '', value: null, spot }, base: [], subject: quote(basename(file)), value: null };
}

/** Most cases with an id that is taken which are reported. */
const maxTwins = 20;

/** Reports ids that two cases have; of a case that was made from a row, at its row. */
export function reportTwins(cases: readonly CasePart[], report: Report): void {
  const seen = new Map<string, CasePart>();
  let twins = 0;
  for (const each of cases) {
    const id = textAt(each.part.value, 'id');
    if (id === undefined) continue;
    const before = seen.get(id);
    if (before === undefined) seen.set(id, each);
    else if (++twins <= maxTwins) report(each.row ?? each.part, twinOf(each, before, id));
  }
}

function twinOf(each: CasePart, before: CasePart, id: string): Finding {
  const other = before.row ?? before.part;
  const place = placeOf(other.source, before.row ? other.base : [...other.base, 'id'], 'value');
  const of = each.row ? ` of ${each.row.subject}` : '';
  const message = `the id ${quote(id)}${of} is at ${basename(place.file)}:${place.line} too`;
  const sameTemplate = each.row !== undefined && each.part.source.spot === before.part.source.spot;
  return {
    code: 'duplicate-id',
    message,
    hint: sameTemplate ? 'an id needs a placeholder whose value differs from row to row' : undefined,
    path: each.row ? [] : ['id'],
  };
}
