import { caseKey } from '../../evals/baseline.ts';
import type { CaseResult, Outcome } from '../../evals/report.ts';
import { caseLine, progressBar } from '../../evals/reporters/live.ts';
import { colourOn } from '../console.ts';

/** What a person sees while cases run: a line for each case that has ended, and on a terminal a bar below them. */
export interface SuiteProgress {
  /** A trial has begun, or with an outcome has ended. */
  trial?(key: string, trial: number, outcome?: Outcome): void;
  case(result: CaseResult): void;
  done(): void;
}

/**
 * @param names `app/id` of the cases that will run
 * @param lines where the lines go: with the result on stdout, or beside it on stderr
 * @param inOrder show a line only after those of the cases before it: scripted cases take no time, and a log stays the same
 */
export function suiteProgress(names: readonly string[], lines: NodeJS.WriteStream, inOrder: boolean): SuiteProgress {
  const { stderr } = process;
  const colour = colourOn(lines);
  const bar = stderr.isTTY === true && process.env.TERM !== 'dumb';
  const nameWidth = Math.min(60, Math.max(0, ...names.map((name) => name.length)));
  let done = 0;
  let failed = 0;
  let shownAt = 0;
  const clear = () => {
    if (shownAt > 0) stderr.write('\r\u001b[2K');
    shownAt = 0;
  };
  const draw = () => {
    // Drawing costs more than a scripted case.
    const now = Date.now();
    if (!bar || done === names.length || now - shownAt < 50) return;
    clear();
    shownAt = now;
    stderr.write(progressBar(done, names.length, failed, (stderr.columns || 80) - 1));
  };
  const held = new Map<string, string>();
  let next = 0;
  const flush = () => {
    for (let line = held.get(names[next] ?? ''); line !== undefined; line = held.get(names[next] ?? '')) {
      lines.write(line);
      held.delete(names[next++] ?? '');
    }
  };
  return {
    case(result) {
      done += 1;
      if (result.outcome !== 'passed') failed += 1;
      if (lines.isTTY) clear();
      const line = `${caseLine(result, { colour, nameWidth })}\n`;
      if (inOrder) held.set(caseKey(result), line);
      else lines.write(line);
      flush();
      draw();
    },
    done() {
      clear();
      for (const line of held.values()) lines.write(line);
    },
  };
}
