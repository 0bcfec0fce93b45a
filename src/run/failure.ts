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

function brief(problem: Problem): { path: string; message: string } {
  const message = problem.hint === undefined ? problem.message : `${problem.message} (${problem.hint})`;
  return { path: problem.pointer === '' ? '/' : problem.pointer, message };
}
