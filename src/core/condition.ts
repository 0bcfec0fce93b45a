import { canonical, isObject, type Json, type JsonObject } from './json.ts';

/** The words that make an object a condition on a value instead of a description of its members. */
export const operators = ['matches', 'lt', 'lte', 'gt', 'gte', 'equals', 'oneOf', 'any', 'all'] as const;

export type Operator = (typeof operators)[number];

/** `unknown`: the value is of a kind that the condition does not speak about, so a person has to look. */
export type Verity = 'yes' | 'no' | 'unknown';

/** Makes the test of a regular expression. The maker must be safe against hostile patterns and texts. */
export type PatternMaker = (pattern: string) => (text: string) => boolean;

/** Whether an object is a condition (`{ lt: 1 }`) and not a description of members (`{ newPrice: … }`). */
export function isCondition(when: JsonObject): boolean {
  const keys = Object.keys(when);
  return keys.length > 0 && keys.every(isOperator);
}

export function isOperator(word: string): word is Operator {
  return operators.includes(word as Operator);
}

/**
 * Whether `value` fits `when`. Members are compared by name; a member that is absent does not fit. A value whose
 * type an operator cannot judge gives `unknown`.
 */
export function holds(when: Json, value: Json | undefined, pattern: PatternMaker): Verity {
  if (value === undefined) return 'no';
  if (!isObject(when)) return verity(canonical(when) === canonical(value));
  if (isCondition(when)) {
    return every(Object.entries(when).map(([word, operand]) => judge(word as Operator, operand, value, pattern)));
  }
  if (!isObject(value)) return 'unknown';
  return every(Object.entries(when).map(([name, inner]) => holds(inner, value[name], pattern)));
}

function judge(word: Operator, operand: Json, value: Json, pattern: PatternMaker): Verity {
  switch (word) {
    case 'equals':
      return verity(canonical(operand) === canonical(value));
    case 'oneOf':
      return Array.isArray(operand) ? verity(operand.some((each) => canonical(each) === canonical(value))) : 'unknown';
    case 'matches':
      return typeof operand === 'string' && typeof value === 'string' ? verity(pattern(operand)(value)) : 'unknown';
    case 'any':
      return Array.isArray(value) ? some(value.map((item) => holds(operand, item, pattern))) : 'unknown';
    case 'all':
      return Array.isArray(value) ? every(value.map((item) => holds(operand, item, pattern))) : 'unknown';
    default:
      return compare(word, operand, value);
  }
}

function compare(word: 'lt' | 'lte' | 'gt' | 'gte', operand: Json, value: Json): Verity {
  if (typeof operand !== 'number' || typeof value !== 'number') return 'unknown';
  if (word === 'lt') return verity(value < operand);
  if (word === 'lte') return verity(value <= operand);
  return verity(word === 'gt' ? value > operand : value >= operand);
}

function verity(truth: boolean): Verity {
  return truth ? 'yes' : 'no';
}

function every(parts: readonly Verity[]): Verity {
  if (parts.includes('no')) return 'no';
  return parts.includes('unknown') ? 'unknown' : 'yes';
}

function some(parts: readonly Verity[]): Verity {
  if (parts.includes('yes')) return 'yes';
  return parts.includes('unknown') ? 'unknown' : 'no';
}
