import type { CommandContext } from './commands.ts';

/** `/runs [words of a filter]` */
export function runsCommand({ page }: CommandContext, words: readonly string[]): void {
  page(async (desk) => (await import('./screens/runs.ts')).runsPage(desk, words));
}

/** `/trace [run]` */
export function traceCommand({ page }: CommandContext, [run]: readonly string[]): void {
  page(async (desk) => (await import('./screens/trace.ts')).runTracePage(desk, run));
}

/** `/sessions [words of a filter]` */
export function sessionsCommand({ page }: CommandContext, words: readonly string[]): void {
  page(async (desk) => (await import('./screens/sessions.ts')).sessionsPage(desk, words));
}
