import { HarnessError, messageOf, type Problem, ToolFailure } from '../core/errors.ts';
import type { Failure } from '../core/step.ts';

/** What the model and the record are told of something that was thrown. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof ToolFailure) {
    const problems = thrown.problems.length > 0 ? { problems: thrown.problems.map(brief) } : {};
    return { code: thrown.code, message: thrown.message, ...problems };
  }
  if (thrown instanceof HarnessError) return { code: thrown.code, message: thrown.message };
  return { code: 'tool-crashed', message: messageOf(thrown) };
}

/** What was recorded, as it was thrown. */
export function thrownAgain({ code, message, problems = [] }: Failure): ToolFailure {
  return new ToolFailure(
    code,
    message,
    problems.map(({ path, message }) => ({ code, severity: 'error', message, pointer: path === '/' ? '' : path })),
  );
}

function brief(problem: Problem): { path: string; message: string } {
  const message = problem.hint === undefined ? problem.message : `${problem.message} (${problem.hint})`;
  return { path: problem.pointer === '' ? '/' : problem.pointer, message };
}
