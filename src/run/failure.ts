import { type Problem, ToolFailure } from '../core/errors.ts';
import type { Failure } from '../core/step.ts';

/** What the model and the record are told of a failure. */
export function failureOf({ code, message, problems }: ToolFailure): Failure {
  return { code, message, ...(problems.length > 0 && { problems: problems.map(brief) }) };
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
