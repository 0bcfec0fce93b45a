import { isObject, type Json } from '../../core/json.ts';

/** Deeper than this, programs that walk through a value may run out of stack. */
const maxDepth = 200;

/** Whether a value is nested deeper than anything that can be shown or stored. */
export function isTooDeep(value: Json, levels = maxDepth): boolean {
  if (Array.isArray(value)) return levels === 0 || value.some((item) => isTooDeep(item, levels - 1));
  if (!isObject(value)) return false;
  return levels === 0 || Object.values(value).some((member) => isTooDeep(member, levels - 1));
}

/** Whether a value takes more than `bytes` as JSON, or is nested too deep. Looks at no more of it than it must. */
export function isLargerThan(value: Json, bytes: number): boolean {
  let least = 0;
  const open: Json[] = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    least += leastBytes(next);
    if (least > bytes) return true;
    for (const child of childrenOf(next)) open.push(child);
  }
  if (isTooDeep(value)) return true;
  // Small enough to be written. Escapes, and letters of more than one byte, may still make it larger.
  return Buffer.byteLength(JSON.stringify(value)) > bytes;
}

function childrenOf(value: Json): readonly Json[] {
  if (Array.isArray(value)) return value;
  return isObject(value) ? Object.values(value) : [];
}

/** At least as many bytes stand for a value in JSON, without those for what is in it. */
function leastBytes(value: Json): number {
  if (typeof value === 'string') return value.length + 2;
  if (Array.isArray(value)) return 1 + value.length;
  if (!isObject(value)) return 1;
  return Object.keys(value).reduce((sum, key) => sum + key.length + 4, 1);
}
