import { isObject, type Json, type JsonObject, type JsonSchema } from '../core/json.ts';
import { resultTools } from '../core/roles.ts';
import { itemsAt, memberAt, objectAt, type Report } from './draft.ts';
import type { Finding, Part } from './finding.ts';
import { lintSchema } from './lint-schema.ts';
import { planActions } from './plan-actions.ts';
import { label, type Path, quote } from './words.ts';

/** Reports what is wrong with a plan schema beyond `known`, the findings of its keywords. */
export function lintPlan(part: Part, known: readonly Finding[], report: Report): void {
  if (!isObject(part.value)) return;
  const inside = lintSchema(part.value, part.subject);
  const circular = inside.some((finding) => finding.code === 'circular-ref');
  const actions = circular ? [] : planActions(part.value, part.subject).findings;
  // "actions" without the right type has been reported as such.
  const form = actions.filter((finding) => finding.code === 'bad-actions');
  const others = inside.filter(
    ({ code, path }) => code !== 'missing-type' || !form.some((finding) => overlap(finding.path, path)),
  );
  for (const finding of [...others, ...actions]) {
    if (!known.some((other) => overlap(other.path, finding.path))) report(part, finding);
  }
}

/** Reports what is wrong with the tools of a stub toolkit beyond `known`, the findings of its schema. */
export function lintToolkit(part: Part, known: readonly Finding[], report: Report): void {
  lintToolNames(part, report);
  for (const { path, value } of stubTools(part).flatMap(([name, tool]) => answers(tool, ['tools', name]))) {
    if (!('result' in value && 'error' in value)) continue;
    const message = `${label(path, part.subject)} takes only one of "result" and "error"`;
    report(part, { code: 'conflicting-keys', message, path: [...path, 'error'], at: 'key' });
  }
  for (const { schema, path: base, subject } of inputSchemas(part)) {
    for (const finding of lintSchema(schema, subject)) {
      const path = [...base, ...finding.path];
      if (!known.some((other) => overlap(other.path, path))) report(part, { ...finding, path });
    }
  }
}

/** These tools come with agents by themselves. */
function lintToolNames(part: Part, report: Report): void {
  const reserved: readonly string[] = resultTools;
  for (const [name] of stubTools(part).filter(([name]) => reserved.includes(name))) {
    const message = `the name ${quote(name)} of a tool of ${part.subject} belongs to a tool that reads stored results`;
    report(part, { code: 'reserved-tool', message, hint: 'choose another name', path: ['tools', name], at: 'key' });
  }
}

/** A schema that a user wrote, where it stands in its part, and what messages call it. */
export interface UserSchema {
  readonly schema: JsonSchema;
  readonly path: Path;
  readonly subject: string;
}

/** The input schemas of a stub toolkit's tools. */
export function inputSchemas(part: Part): readonly UserSchema[] {
  return stubTools(part).flatMap(([name, tool]) => {
    const schema = memberAt(tool, 'input');
    const subject = `the input of tool ${quote(name)} of ${part.subject}`;
    return isObject(schema) ? [{ schema, path: ['tools', name, 'input'], subject }] : [];
  });
}

function stubTools(part: Part): readonly (readonly [name: string, tool: Json])[] {
  return memberAt(part.value, 'kind') === 'stub' ? Object.entries(objectAt(part.value, 'tools')) : [];
}

/** Where a stub tool says what it answers. */
function answers(tool: unknown, path: Path): readonly { readonly path: Path; readonly value: JsonObject }[] {
  if (!isObject(tool)) return [];
  const cases = itemsAt(tool, 'results').flatMap(([index, value]) =>
    isObject(value) ? [{ path: [...path, 'results', index], value }] : [],
  );
  return [{ path, value: tool }, ...cases];
}

/** Whether one of two paths leads to, or through, the other. */
function overlap(a: Path, b: Path): boolean {
  const length = Math.min(a.length, b.length);
  return length > 0 && a.slice(0, length).every((part, index) => String(part) === String(b[index]));
}
