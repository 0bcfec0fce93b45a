import type { PatternMaker } from '../core/condition.ts';
import { bodies, type Draft, type Report } from './draft.ts';
import type { Part } from './finding.ts';
import { linkAgents } from './link-agents.ts';
import { linkApprovals, type PatternAt } from './link-approvals.ts';
import { linkResults } from './link-results.ts';
import { linkRoutes } from './link-routes.ts';
import { linkEval, linkSmoke } from './link-scripts.ts';
import { linkUnused } from './link-unused.ts';
import { linkWorkspaces } from './link-workspaces.ts';
import { inputSchemas } from './lint-definitions.ts';
import { patternFault, patternHint, patternsIn } from './lint-schema.ts';
import { loadPatterns } from './patterns.ts';
import { takeInventory } from './tools.ts';
import { label } from './words.ts';

/** Files beside the app that name what is in it. */
export interface Scripts {
  readonly smoke: readonly Part[];
  readonly evals: readonly Part[];
}

/** Reports every name that stands for nothing, and whatever else only shows when all files are seen together. */
export async function link(draft: Draft, scripts: Scripts, report: Report): Promise<void> {
  const inventory = takeInventory(draft);
  linkAgents(draft, report);
  linkRoutes(draft, report);
  linkWorkspaces(draft, inventory, report);
  linkResults(draft, inventory, report);
  const names = { draft, inventory };
  for (const part of scripts.smoke) linkSmoke(part, names, report);
  for (const part of scripts.evals) linkEval(part, names, report);
  const patterns = [...patternsOf(draft), ...linkApprovals(draft, inventory, report)];
  // Loading RE2 costs as much as loading YAML: only for an app that has patterns.
  if (patterns.length > 0) tryPatterns(patterns, await loadPatterns(), report);
  linkUnused(draft, [...scripts.smoke, ...scripts.evals], report);
}

function tryPatterns(patterns: readonly PatternAt[], patternOf: PatternMaker, report: Report): void {
  for (const { part, path, pattern, subject } of patterns) {
    const reason = patternFault(pattern, patternOf);
    if (reason === undefined) continue;
    const message = `the pattern of ${subject} cannot be used: ${reason}`;
    report(part, { code: 'bad-regexp', message, hint: patternHint, path });
  }
}

/** The patterns of all schemas that the app declares. */
function patternsOf(draft: Draft): readonly PatternAt[] {
  const plans = bodies(draft.plans).map(([, part, schema]) => ({ part, schema, path: [], subject: part.subject }));
  const inputs = bodies(draft.toolkits).flatMap(([, part]) => inputSchemas(part).map((input) => ({ part, ...input })));
  return [...plans, ...inputs].flatMap(({ part, schema, path, subject }) =>
    patternsIn(schema).map((use) => ({
      part,
      path: [...path, ...use.path, 'pattern'],
      pattern: use.pattern,
      subject: label(use.path, subject),
    })),
  );
}
