import { isObject, type Json } from '../core/json.ts';
import { itemsAt, memberAt, objectAt, type Report, textAt } from './draft.ts';
import type { Part } from './finding.ts';
import { label, type Path } from './words.ts';

/** Modes in which an empty list says that nothing may be there; in the others it says nothing. */
const tellingModes = ['exact', 'unordered', 'subset'];

/** Reports what in a case asserts nothing, and a case that asserts nothing, or nothing but a model's opinion. */
export function lintSilence(part: Part, report: Report): void {
  const { value, subject } = part;
  if (!isObject(value)) return;
  const silent = silentPlaces(value);
  for (const { path, message, hint } of silent) {
    report(part, { code: 'no-assertion', message: `${label(path, subject)} ${message}`, hint, path });
  }
  const asserted = assertedPlaces(value);
  // What the schema refuses is told by it.
  const refused = itemsAt(value, 'assert').length === 0 && memberAt(value, 'assert') !== undefined;
  if (asserted.length === 0 && silent.length === 0 && !refused && memberAt(value, 'forbiddenTools') !== undefined) {
    const message = `${subject} asserts nothing: "forbiddenTools" is empty`;
    report(part, { code: 'no-assertion', message, path: ['forbiddenTools'] });
  }
  const [first] = asserted;
  if (first === undefined || memberAt(value, 'gate') === false) return;
  if (!asserted.every((path) => isOpinion(path, value))) return;
  const message = `a rubric alone cannot decide ${subject}`;
  const hint = 'add another assertion, or a calibration to the rubric, or gate: false';
  report(part, { code: 'uncalibrated-judge', message, hint, path: first });
}

interface Silent {
  readonly path: Path;
  readonly message: string;
  readonly hint: string;
}

function silentPlaces(value: Json): readonly Silent[] {
  const empty = (path: Path, mode: string): Silent => {
    const hint = `write ${mode}: exact to say that nothing may be there`;
    return { path, message: `is empty, which asserts nothing in this ${mode}`, hint };
  };
  const noCalls = isEmpty(value, 'expectedTrajectory') && !tells(value, 'trajectoryMode');
  return [
    ...(noCalls ? [empty(['expectedTrajectory'], 'trajectoryMode')] : []),
    ...silentLists(value).map((list) => empty(['structuredGroundTruth', list], 'actionsMode')),
    ...silentRows(value),
  ];
}

function silentLists(value: Json): readonly string[] {
  const truth = objectAt(value, 'structuredGroundTruth');
  if (tells(truth, 'actionsMode')) return [];
  // What is executed was planned, so that an empty list of plans beside it means that nobody looks.
  const lists = itemsAt(truth, 'executedActions').length > 0 ? [] : ['plannedActions', 'executedActions'];
  return lists.filter((list) => isEmpty(truth, list));
}

function silentRows(value: Json): readonly Silent[] {
  return itemsAt(value, 'assert').flatMap(([index, assertion]) => {
    if (textAt(assertion, 'others') !== 'allow' || !isEmpty(assertion, 'changes')) return [];
    const message = 'is empty, which asserts nothing beside others: allow';
    return [{ path: ['assert', index, 'changes'], message, hint: 'others: forbid' }];
  });
}

/** Places of all that a case asserts. */
function assertedPlaces(value: Json): readonly Path[] {
  const truth = objectAt(value, 'structuredGroundTruth');
  const lists = ['expectedTrajectory', 'expectedAgents', 'expectRefusal'];
  const named = [
    ...lists.filter((key) => memberAt(value, key) !== undefined),
    ...(itemsAt(value, 'forbiddenTools').length > 0 ? ['forbiddenTools'] : []),
    ...(Object.keys(truth).length > 0 ? ['structuredGroundTruth'] : []),
  ];
  return [...named.map((key) => [key]), ...itemsAt(value, 'assert').map(([index]) => ['assert', index])];
}

/** Whether nothing but a model whose judgement was never measured decides. */
function isOpinion([key, index]: Path, value: Json): boolean {
  if (key !== 'assert') return false;
  const assertion = itemsAt(value, 'assert')[Number(index)]?.[1];
  return textAt(assertion, 'kind') === 'rubric' && textAt(assertion, 'calibration') === undefined;
}

function isEmpty(value: Json, key: string): boolean {
  const list = memberAt(value, key);
  return Array.isArray(list) && list.length === 0;
}

function tells(value: Json, key: string): boolean {
  return tellingModes.includes(textAt(value, key) ?? '');
}
