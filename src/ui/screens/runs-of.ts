import { HarnessError } from '../../core/errors.ts';
import { suggest } from '../../core/nearest.ts';
import type { RunSummary } from '../../core/ports.ts';
import type { PageDesk } from '../page.ts';

/** Whether a run is at work in this chat. */
export function isRunning({ screen }: Pick<PageDesk, 'screen'>, runId: string): boolean {
  const { run } = screen();
  return run?.runId === runId && run.status === 'running';
}

/** So many runs are looked at for one whose id starts with a word. */
const mostRuns = 20_000;

/**
 * The run that a word names.
 * @param word its id, the start of it, or `last`; default: the one at work, or the last
 * @throws HarnessError `unknown-name`
 */
export function findRun({ controller: { records }, screen }: PageDesk, word: string | undefined): RunSummary {
  const [newest] = records.runsBefore(undefined, 1);
  if (!newest) throw new HarnessError('unknown-name', 'there is no run yet', { hint: 'a prompt begins one' });
  if (word === undefined) return records.run(screen().run?.runId ?? '') ?? newest;
  if (word === 'last') return newest;
  const exact = records.run(word);
  if (exact) return exact;
  const recent = records.runsBefore(undefined, mostRuns);
  const starting = recent.filter(({ runId }) => runId.startsWith(word));
  const [only] = starting;
  if (only && starting.length === 1) return only;
  const near = suggest(
    word,
    recent.slice(0, 50).map(({ runId }) => runId),
  );
  const hint = only ? 'more than one run starts like that' : (near ?? '/runs');
  throw new HarnessError('unknown-name', `there is no run "${word}"`, { hint });
}

/** Goes on with a run that has not ended. */
export function goOn(desk: PageDesk, runId: string): void {
  const run = desk.controller.records.run(runId);
  if (!run) desk.say(`there is no run ${runId}`, 'bad');
  else if (isRunning(desk, runId)) desk.say('the run is at work');
  else if (run.status === 'done') desk.say('the run is done; c on /sessions goes on with its session');
  else desk.command(`/resume ${runId}`);
}
