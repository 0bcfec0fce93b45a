import { exits, HarnessError } from '../../core/errors.ts';
import type { Tone } from '../../ui/items.ts';
import type { SmokeScripts } from '../../ui/smoke-scripts.ts';
import { palette, printable } from '../console.ts';
import { chooseScripts, playScripts, smokeLines, smokeTotals } from '../smoke.ts';
import { problemLines } from './problem-lines.ts';

type Said = (text: string, tone: Tone) => void;

/** The smoke scripts of the app in a folder, run the way `harness smoke` does. */
export function smokeScriptsOf(dir: string): SmokeScripts {
  let abort: AbortController | undefined;
  let work = Promise.resolve();
  const stop = () => {
    abort?.abort();
    return abort !== undefined;
  };
  return {
    run: (words, said) => {
      if (abort) return false;
      abort = new AbortController();
      work = play(dir, words, abort.signal, said).finally(() => {
        abort = undefined;
      });
      return true;
    },
    stop,
    close: () => {
      stop();
      return work;
    },
  };
}

async function play(dir: string, words: readonly string[], signal: AbortSignal, said: Said): Promise<void> {
  const plain = palette(false);
  try {
    const chosen = await chooseScripts(words, () => [dir], false);
    const reports = await playScripts(chosen, {
      signal,
      ended: (report) => {
        said(printable(smokeLines(report, plain).join('\n')), report.passed ? 'plain' : 'bad');
      },
    });
    said(`smoke: ${smokeTotals(reports)}`, reports.every(({ passed }) => passed) ? 'good' : 'bad');
  } catch (thrown) {
    const stopped = thrown instanceof HarnessError && thrown.exit === exits.interrupted;
    if (stopped) said('smoke: stopped', 'warn');
    else said(problemLines(thrown).join('\n'), 'bad');
  }
}
