import { resultTools, roleTools } from '../core/roles.ts';
import { type Draft, objectAt, type Report } from './draft.ts';
import { unknown } from './link-agents.ts';
import type { Inventory } from './tools.ts';

/** Reports rules for the results of tools that do not exist. */
export function linkResults({ app }: Draft, { tools, toolsKnown }: Inventory, report: Report): void {
  if (!toolsKnown) return;
  const own: readonly string[] = [...Object.values(roleTools).flat(), ...resultTools];
  const known = [...[...tools].filter((tool) => !own.includes(tool)), 'result_query'];
  for (const tool of Object.keys(objectAt(objectAt(app.value, 'results'), 'store'))) {
    if (known.includes(tool)) continue;
    unknown(report, app, 'tool', tool, known, ['results', 'store', tool], 'in the results of the app', 'key');
  }
}
