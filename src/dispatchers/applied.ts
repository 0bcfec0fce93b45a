import { isObject, type Json } from '../core/json.ts';
import type { Applied } from '../core/ports.ts';
import { beginning } from '../core/text.ts';

/** Most characters of an answer that are kept: it goes into the record, and to the model. */
export const longestAnswer = 100_000;
const longestSummary = 1000;

/**
 * What an action did, as whoever applied it tells: an object with `entitiesAffected`, `summary` and `details`, each of
 * which may be absent. It was applied, whatever is wrong with the answer.
 * @param subject what the summary calls the action, where the answer has none
 */
export function appliedFrom(answer: unknown, subject: string): Applied {
  if (answer === undefined || answer === null) return bare(subject);
  const whole = asJson(answer);
  if (whole === undefined) return bare(subject, 'its answer was too long, or no JSON');
  if (!isObject(whole)) return bare(subject, 'its answer is no object');
  const { entitiesAffected = 1, summary = `${subject} was applied`, details } = whole;
  if (typeof entitiesAffected !== 'number' || !Number.isSafeInteger(entitiesAffected) || entitiesAffected < 0) {
    return bare(subject, 'entitiesAffected in its answer is no whole number');
  }
  if (typeof summary !== 'string') return bare(subject, 'summary in its answer is no text');
  const short = summary.length > longestSummary ? `${beginning(summary, longestSummary - 1)}…` : summary;
  return { entitiesAffected, summary: short, ...(details !== undefined && { details }) };
}

/** The same for an answer that came as text. @param text undefined where it did not come whole, or was too long */
export function appliedFromText(text: string | undefined, subject: string): Applied {
  if (text === undefined) return bare(subject, 'its answer was too long, or broke off');
  if (text.trim() === '') return bare(subject);
  try {
    return appliedFrom(JSON.parse(text), subject);
  } catch {
    return bare(subject, 'its answer is no JSON');
  }
}

function bare(subject: string, flaw?: string): Applied {
  return { entitiesAffected: 1, summary: `${subject} was applied${flaw === undefined ? '' : `; ${flaw}`}` };
}

/** What JSON can hold of a value of a program; undefined where that is nothing, or too much. */
function asJson(value: unknown): Json | undefined {
  try {
    const text = JSON.stringify(value) ?? '';
    return text.length > longestAnswer ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
