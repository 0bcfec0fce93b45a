import { formatProblem } from '../../config/frame.ts';
import { HarnessError, messageOf } from '../../core/errors.ts';
import { visible } from '../../core/text.ts';
import { printable } from '../console.ts';

/** So many problems are shown. */
const mostProblems = 50;

/** What is wrong, with the lines of the files in question: plain lines, safe to print. */
export function problemLines(thrown: unknown): string[] {
  if (!(thrown instanceof HarnessError)) return [printable(`internal error: ${visible(messageOf(thrown))}`)];
  const { problems, message, hint } = thrown;
  const frames = problems
    .slice(0, mostProblems)
    .flatMap((problem) => [...formatProblem(problem, { cwd: process.cwd(), colour: false }).split('\n'), '']);
  const more = problems.length - mostProblems;
  if (more > 0) frames.push(`and ${more} more; \`harness validate\` shows all`);
  const words = [message, ...(hint === undefined ? [] : [`  ${hint}`])];
  return [...frames, ...words.map(visible)].map(printable);
}
