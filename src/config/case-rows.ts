import { basename, dirname } from 'node:path';
import { isObject, type Json, type JsonObject } from '../core/json.ts';
import { suggest } from '../core/nearest.ts';
import { type CaseFiles, type CasePart, checkCase, subjectOf } from './case-part.ts';
import { checkPart } from './definitions.ts';
import { memberAt, type Report } from './draft.ts';
import { fill, type Placeholder, placeholdersOf, strayBraces } from './fill-template.ts';
import type { Part } from './finding.ts';
import { resolveFile } from './paths.ts';
import type { Source } from './source.ts';
import { maxRowProblems, readTable, type Table } from './table.ts';
import { quote, typeNouns, typeOf } from './words.ts';

/** The cases of a file that holds a template and rows: one for each row. None when the rows cannot be used. */
export async function casesOfRows(source: Source, files: CaseFiles): Promise<readonly CasePart[]> {
  const { report, turn } = files;
  const whole: Part = { source, base: [], subject: quote(basename(source.file)), value: source.value };
  checkPart('evalTemplate', whole, report);
  const template = memberAt(source.value, 'case');
  const table = tableOf(whole, files);
  if (!isObject(template) || table === undefined) return [];
  const placeholders = placeholdersOf(template);
  if (!checkPlaceholders({ ...whole, base: ['case'], value: template }, placeholders, table, report)) return [];
  const cases: CasePart[] = [];
  let wrong = 0;
  for (const [index, row] of table.rows.entries()) {
    await turn();
    const part = table.rowPart(index);
    if (rowFits(row, part, placeholders, report)) cases.push(caseOfRow(source, fill(template, row), part, report));
    else if (++wrong >= maxRowProblems) break;
  }
  return cases;
}

function tableOf(whole: Part, files: CaseFiles): Table | undefined {
  const { source, value } = whole;
  const rows = memberAt(value, 'rows');
  if (typeof rows === 'string') return tableOfFile(whole, rows, files);
  // Anything else was refused by the schema.
  if (!Array.isArray(rows) || rows.length === 0 || !rows.every(isObject)) return undefined;
  const name = basename(source.file);
  return {
    name,
    rows,
    rowPart: (index) => ({ source, base: ['rows', index], subject: `row ${index + 1} of ${name}`, value: null }),
  };
}

function tableOfFile(whole: Part, written: string, { boundary, reader, report }: CaseFiles): Table | undefined {
  if (!/\.(csv|jsonl|ndjson)$/.test(written)) return undefined;
  const resolved = resolveFile(written, dirname(whole.source.file), boundary);
  if (!('path' in resolved)) {
    report(whole, { ...resolved, path: ['rows'] });
    return undefined;
  }
  const text = reader.table(resolved.path);
  return text === undefined ? undefined : readTable(resolved.path, text, report);
}

/** Whether all placeholders of a template can be filled from some row. */
function checkPlaceholders(
  template: Part,
  placeholders: readonly Placeholder[],
  { name, rows }: Table,
  report: Report,
): boolean {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const stray = strayBraces(template.value);
  for (const { path, at } of stray) {
    const message =
      at === 'key' ? 'a placeholder cannot stand in a key' : 'the placeholder that begins here has no end';
    report(template, { code: 'bad-placeholder', message, hint: 'write {{name}} in a text', path, at });
  }
  const unknown = placeholders.filter((each) => !columns.includes(each.name));
  for (const { name: wanted, path } of unknown) {
    const message = `there is nothing in ${quote(name)} for the placeholder {{${wanted}}}`;
    const [only = ''] = columns;
    const separated = columns.length === 1 && /[;\t]/.test(only);
    const hint = separated ? 'cells are separated by commas' : suggest(wanted, columns);
    report(template, { code: 'unknown-placeholder', message, hint, path });
  }
  return stray.length === 0 && unknown.length === 0;
}

function rowFits(row: JsonObject, part: Part, placeholders: readonly Placeholder[], report: Report): boolean {
  const wrong = placeholders.find(({ name, alone }) => !Object.hasOwn(row, name) || !(alone || isText(row[name])));
  if (wrong === undefined) return true;
  const { name } = wrong;
  const value = Object.hasOwn(row, name) ? row[name] : undefined;
  if (value === undefined) {
    const message = `${part.subject} has no ${quote(name)}`;
    report(part, { code: 'missing-key', message, hint: suggest(name, Object.keys(row)), path: [] });
  } else {
    const message = `${quote(name)} of ${part.subject} is ${typeNouns([typeOf(value)])}, which cannot stand in a text`;
    report(part, { code: 'wrong-type', message, hint: `{{${name}}} must be all of the text`, path: [] });
  }
  return false;
}

/** Whether a value can stand among other text. */
function isText(value: Json | undefined): boolean {
  return value !== undefined && value !== null && typeof value !== 'object';
}

/** What is wrong with it is told at the template, with the number of the row. */
function caseOfRow(source: Source, value: Json, row: Part, report: Report): CasePart {
  const subject = `${subjectOf(value, 'without an id')} (${row.subject})`;
  return checkCase({ source: { ...source, value: { case: value } }, base: ['case'], subject, value }, report, row);
}
