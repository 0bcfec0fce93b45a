import { dirname, join } from 'node:path';
import type { LoadedCase } from '../core/eval-case.ts';
import type { Json } from '../core/json.ts';
import type { Turn } from '../core/turns.ts';
import type { EvalCase } from '../generated/config.ts';
import { checkPart } from './definitions.ts';
import { type Report, textAt } from './draft.ts';
import type { Part } from './finding.ts';
import type { Reader } from './reader.ts';
import { placeOf } from './source.ts';
import { quote } from './words.ts';

/** Where cases are read from, and who is told what is wrong with them. */
export interface CaseFiles {
  /** Real path of a folder that no file may lie outside of. */
  readonly boundary: string;
  readonly reader: Reader;
  readonly report: Report;
  /** Awaited between cases: there may be thousands. */
  readonly turn: Turn;
}

/** One case as it was written. */
export interface CasePart {
  /** The case, with the values of its row in place of its placeholders. */
  readonly part: Part;
  /** The row that it was made from. */
  readonly row?: Part;
}

/** Checks a case by its schema. Defaults are filled in. */
export function checkCase(part: Part, report: Report, row?: Part): CasePart {
  checkPart('evalCase', part, report);
  return row === undefined ? { part } : { part, row };
}

/** `eval case "price"`, or what tells it from others when it has no id. */
export function subjectOf(value: Json, otherwise: string): string {
  const id = textAt(value, 'id');
  return `eval case ${id === undefined ? otherwise : quote(id)}`;
}

/** The case in a part that was checked and has no errors. */
export function caseOf({ part, row }: CasePart): LoadedCase {
  const { source, base } = part;
  const definition = part.value as unknown as EvalCase;
  const { id } = definition;
  const rows = row?.source.file;
  return {
    id,
    file: source.file,
    ...(rows !== undefined && rows !== source.file && { rows }),
    locate: (path) => placeOf(source, [...base, ...path], 'value'),
    definition,
    cassette: join(dirname(source.file), `${id}.cassette.yaml`),
  };
}
