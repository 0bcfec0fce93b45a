import { isObject, type Json } from '../core/json.ts';
import { suggest } from '../core/nearest.ts';
import type { CalibrationFile } from '../generated/config.ts';
import { argsForms } from './args-forms.ts';
import { memberAt, textAt } from './draft.ts';
import { type Link, linkAgent, type Names } from './link-scripts.ts';
import { lintExpected } from './lint-expected.ts';
import type { PatternAt } from './lint-patterns.ts';
import type { Forms } from './schema-forms.ts';
import { label, type Path, quote } from './words.ts';

/** What eval cases may name. */
export interface CaseNames extends Names {
  /** Real path of the project's folder, which no file of a case may lie outside of. */
  readonly root: string;
  /** The calibration in a file; undefined when it cannot be read, which has then been reported. */
  calibration(file: string): CalibrationFile | undefined;
}

/** A case whose names are looked up. Patterns are gathered, to be tried when those of all cases are known. */
export interface CaseLink extends Link {
  readonly names: CaseNames;
  readonly patterns: PatternAt[];
}

/** The `args` of an expected call. */
export function linkArgs(link: CaseLink, tool: string, call: Json, path: Path): void {
  const args = memberAt(call, 'args');
  if (!isObject(args)) return;
  const at = [...path, 'args'];
  linkExpected(link, args, at, argsForms(tool, args, link.names));
  const agent = tool === 'call_agent' ? textAt(args, 'agent') : undefined;
  if (agent !== undefined) linkAgent(link, agent, [...at, 'agent']);
  const plan = tool === 'storePlan' ? textAt(args, 'specName') : undefined;
  const { plans } = link.names.draft;
  if (plan === undefined || plans.has(plan)) return;
  const message = `unknown plan ${quote(plan)} in ${label(at, link.part.subject)}`;
  const hint = suggest(plan, [...plans.keys()]);
  link.report(link.part, { code: 'unknown-plan', message, hint, path: [...at, 'specName'] });
}

/**
 * What is expected to come, of which `forms` are known.
 * @param leniently whether what cannot come is only a warning, since it may be there to be refused
 */
export function linkExpected(link: CaseLink, expected: Json, path: Path, forms: Forms, leniently = false): void {
  const { part, report, patterns } = link;
  const linted = lintExpected(expected, path, forms, part.subject);
  for (const finding of linted.findings) {
    report(part, leniently && finding.code !== 'bad-matcher' ? { ...finding, severity: 'warning' } : finding);
  }
  patterns.push(...linted.patterns.map((use) => ({ part, ...use, subject: label(use.path, part.subject) })));
}
