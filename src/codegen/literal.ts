import { isNode, type SchemaNode } from './schema-set.ts';

/** Characters that are not seen, or that change the direction of the text after them. */
const deceptive = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** JSON text of a value that is safe to stand in a TypeScript type. */
export function literal(value: unknown): string {
  return JSON.stringify(value).replace(deceptive, escaped);
}

/**
 * A TypeScript expression for a JSON value: keys sorted, lines of at most `width` characters where that can be.
 * It is put after `used` characters of a line that is indented by `indent`.
 */
export function expression(value: unknown, width: number, indent = '', used = indent.length): string {
  const flat = inline(value);
  if (used + flat.length < width || typeof value !== 'object' || value === null) return flat;
  const inner = `${indent}  `;
  const lines = Array.isArray(value)
    ? value.map((item) => `${inner}${expression(item, width, inner)},\n`)
    : sortedKeys(value).map((name) => {
        const head = `${inner}${memberName(name)}: `;
        return `${head}${expression((value as SchemaNode)[name], width, inner, head.length)},\n`;
      });
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${lines.join('')}${indent}${close}`;
}

function inline(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (!isNode(value)) return literal(value);
  const members = sortedKeys(value).map((name) => `${memberName(name)}: ${inline(value[name])}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

/** A member name. `__proto__` without brackets would set the prototype instead of making a member. */
export function memberName(name: string): string {
  if (name === '__proto__') return "['__proto__']";
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
}

/** A string in single quotes where it has none itself. */
function quoted(text: string): string {
  const json = literal(text);
  return text.includes("'") ? json : `'${json.slice(1, -1).replace(/\\"/g, '"')}'`;
}

function sortedKeys(value: object): string[] {
  return Object.keys(value).sort();
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
