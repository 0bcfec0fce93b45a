import { type Problem, ToolFailure } from '../core/errors.ts';
import { handlesIn, type Place, replaceHandles } from '../core/handles.ts';
import { type Json, type JsonObject, pointer } from '../core/json.ts';
import { type Acceptance, misplacedHandles, type Results } from '../core/results.ts';

/** A value that may hold handles. */
export interface Handled {
  readonly value: JsonObject;
  readonly accepts: Acceptance | undefined;
  /** What messages call it: `the arguments of import_rows`. */
  readonly name: string;
  /** Where it stands in what the model wrote. */
  readonly base?: Place;
  /** The session that its handles belong to; default: the current one. */
  readonly session?: string;
}

/**
 * The value with what its handles stand for in their places; the value itself where it has none.
 * @throws ToolFailure when a handle stands where none may, stands for nothing here, or for what does not fit.
 */
export async function resolveHandles(results: Results, handled: Handled): Promise<JsonObject> {
  const { value, accepts, name, base = [], session } = handled;
  const handles = handlesIn(value);
  if (handles.length === 0) return value;
  const misplaced = misplacedHandles(value, accepts);
  if (misplaced.length > 0) throw unfit(`${name} ${have(misplaced)}`, misplaced, base);
  const values = new Map<string, Json>();
  for (const handle of handles) values.set(pointer(handle.place), await results.resolve(handle, session));
  const resolved = replaceHandles(value, (place) => values.get(pointer(place)) ?? null) as JsonObject;
  const problems = accepts?.check(resolved) ?? [];
  if (problems.length === 0) return resolved;
  const names = [...new Set(handles.map((handle) => handle.result))].join(', ');
  throw unfit(`with ${names} in place, ${name} ${have(problems)}`, problems, base);
}

/** A stored list may be wrong in each of its items: the first ones tell enough. */
const mostProblems = 10;

function unfit(message: string, problems: readonly Problem[], base: Place): ToolFailure {
  const first = problems.slice(0, mostProblems);
  const placed = first.map((problem) => ({ ...problem, pointer: `${pointer(base)}${problem.pointer}` }));
  return new ToolFailure('invalid-arguments', message, placed);
}

/** `has a problem`, as the message about other arguments says it. */
function have({ length }: readonly Problem[]): string {
  if (length > mostProblems) return `have many problems; these are the first ${mostProblems}`;
  return length === 1 ? 'have a problem' : `have ${length} problems`;
}
