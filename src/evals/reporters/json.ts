import { visible } from '../../core/text.ts';
import type { SuiteReport } from '../report.ts';

/** The report itself, as `schemas/eval-report.schema.json` describes it. */
export function json(report: SuiteReport): string {
  return `${safe(JSON.stringify(report, null, 2))}\n`;
}

/** JSON text in which marks that a terminal would act on are escaped. The values stay the same. */
export function safe(text: string): string {
  return visible(text);
}
