import type { SchemaNode } from './schema-set.ts';

/** Keywords that a TypeScript type cannot hold, in the order in which they are told. */
const spoken = [
  'minimum',
  'exclusiveMinimum',
  'maximum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'format',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
  'default',
] as const;

/**
 * The text of a schema's doc comment: its description, then one tag for each thing that TypeScript cannot hold.
 * It cannot end the comment it is put in. Undefined when there is nothing to say.
 */
export function commentOf(schema: SchemaNode): string | undefined {
  const description = typeof schema.description === 'string' ? harmless(schema.description) : '';
  const tags = tagsOf(schema).map((tag) => `@${tag}`);
  const items = schema.items;
  if (typeof items === 'object' && items !== null && !('$ref' in items)) {
    const ofItems = tagsOf(items as SchemaNode);
    if (ofItems.length > 0) tags.push(`@items ${ofItems.join(', ')}`);
  }
  const parts = [description, tags.join('\n')].filter((part) => part !== '');
  return parts.length === 0 ? undefined : parts.join(description.includes('\n') ? '\n\n' : '\n');
}

/** Text that may stand in a block comment: it cannot close it, and it is what it looks like. */
export function harmless(text: string): string {
  return text
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(invisible, '')
    .replace(/\*(?=\/)/g, '*\\')
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trim();
}

/** Control characters except tab and line feed, and marks that change the direction of text. */
const invisible = /(?![\t\n])[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

function tagsOf(schema: SchemaNode): string[] {
  const tags = schema.type === 'integer' ? ['integer'] : [];
  for (const keyword of spoken) {
    const value = schema[keyword];
    if (value === undefined || value === false) continue;
    const text = typeof value === 'string' && keyword !== 'default' ? value : JSON.stringify(value);
    tags.push(harmless(value === true && keyword !== 'default' ? keyword : `${keyword} ${text}`).replace(/\n/g, ' '));
  }
  return tags;
}
