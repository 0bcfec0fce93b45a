import { isMeasuredAsIs } from '../core/calibration.ts';
import type { CalibrationFile, RubricAssertion } from '../generated/config.ts';
import { type Draft, objectAt, textAt } from './draft.ts';
import { entryOf } from './link-routes.ts';

/** Why a calibration says nothing for a rubric; `hint` where measuring it again is not what helps. */
export interface CalibrationFlaw {
  /** `was never measured` */
  readonly what: string;
  readonly hint?: string;
}

/** The first thing that keeps a calibration from vouching for a rubric's judge. */
export function calibrationFlaw(
  calibration: CalibrationFile,
  rubric: RubricAssertion,
  draft: Draft,
): CalibrationFlaw | undefined {
  const { measured, floor } = calibration;
  const other = otherJudge(calibration, rubric);
  if (other !== undefined) return other;
  if (measured === undefined) return { what: 'was never measured' };
  if (!isMeasuredAsIs(calibration)) {
    return { what: 'is stale: its rubric, its examples or what judges are asked changed since it was measured' };
  }
  const now = modelIdOf(draft, rubric.model);
  if (now !== undefined && now !== measured.judge)
    return { what: `is stale: it measured ${measured.judge}, not ${now}` };
  if (measured.kappa >= floor) return undefined;
  return {
    what: `is too low: kappa ${measured.kappa.toFixed(2)}, at least ${floor.toFixed(2)} is needed`,
    hint: 'say in the rubric what decides the answers on which judge and person differ, or take another model',
  };
}

/** What the calibration says of its judge is what the rubric says of its own. */
function otherJudge(calibration: CalibrationFile, rubric: RubricAssertion): CalibrationFlaw | undefined {
  const hint = 'a calibration holds for one judge only: make both the same, or write another file';
  if (calibration.rubric.trim() !== rubric.value.trim()) return { what: 'is of another rubric', hint };
  for (const key of ['model', 'votes', 'threshold'] as const) {
    const [of, is] = [calibration[key] ?? 'not set', rubric[key] ?? 'not set'];
    if (of !== is) return { what: `is of another judge: its ${key} is ${of}, the rubric's ${is}`, hint };
  }
  return undefined;
}

/** The provider's name for the model that judges; undefined where that is not known. */
function modelIdOf(draft: Draft, name: string | undefined): string | undefined {
  const agent = draft.agents.get(entryOf(draft) ?? '')?.part?.value;
  return textAt(objectAt(objectAt(draft.app.value, 'models'), name ?? textAt(agent, 'model') ?? ''), 'id');
}
