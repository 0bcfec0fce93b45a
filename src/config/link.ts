import { calibrationReader } from './calibration-file.ts';
import type { CaseFiles, CasePart } from './case-part.ts';
import { bodies, type Draft } from './draft.ts';
import type { Part } from './finding.ts';
import { linkAgents } from './link-agents.ts';
import { linkApprovals } from './link-approvals.ts';
import { linkBudgets } from './link-budgets.ts';
import { linkCase } from './link-cases.ts';
import { linkDispatcher } from './link-dispatcher.ts';
import { type KnownModels, linkKnownModels } from './link-known-models.ts';
import { linkModels } from './link-models.ts';
import { linkResults } from './link-results.ts';
import { linkRoutes } from './link-routes.ts';
import { linkSmoke } from './link-scripts.ts';
import { linkUnused } from './link-unused.ts';
import { linkWorkspaces } from './link-workspaces.ts';
import { inputSchemas } from './lint-definitions.ts';
import { checkPatterns, type PatternAt } from './lint-patterns.ts';
import { patternsIn } from './lint-schema.ts';
import { takeInventory } from './tools.ts';
import { label } from './words.ts';

/** Files beside the app that name what is in it. */
export interface Scripts {
  readonly smoke: readonly Part[];
  readonly cases: readonly CasePart[];
}

/**
 * Reports every name that stands for nothing, and whatever else only shows when all files are seen together.
 * @param files of the project: whatever a case may name @param known of the models that the app may use
 */
export async function link(
  draft: Draft,
  { smoke, cases }: Scripts,
  files: CaseFiles,
  known: KnownModels,
): Promise<void> {
  const { boundary: root, report, turn } = files;
  const inventory = takeInventory(draft);
  linkAgents(draft, report);
  linkModels(draft, report);
  linkKnownModels(draft, known, report);
  linkBudgets(draft, report);
  linkRoutes(draft, report);
  linkWorkspaces(draft, report);
  linkDispatcher(draft, inventory, report);
  linkResults(draft, inventory, report);
  const names = { draft, inventory, root, calibration: calibrationReader(files) };
  for (const part of smoke) linkSmoke(part, names, report);
  const ofCases: PatternAt[] = [];
  for (const { part } of cases) {
    await turn();
    ofCases.push(...linkCase(part, names, report));
  }
  await checkPatterns([...patternsOf(draft), ...linkApprovals(draft, inventory, report), ...ofCases], report);
  linkUnused(draft, [...smoke, ...cases.map(({ part }) => part)], report);
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
