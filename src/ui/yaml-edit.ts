import { parseDocument, stringify } from 'yaml';
import { isObject, type Json, type JsonObject } from '../core/json.ts';

/** What a person edits: the content as YAML, under a few words that say what it is. */
export function editableText(title: string, body: JsonObject): string {
  const head = title.split('\n').map((line) => `# ${line}`.trimEnd());
  return `${head.join('\n')}\n${stringify(body, { lineWidth: 100, aliasDuplicateObjects: false })}`;
}

/** The edited content, or why it is none. */
export function readEdited(text: string): { readonly body: JsonObject } | { readonly problem: string } {
  const document = parseDocument(text, { prettyErrors: true, logLevel: 'silent' });
  const [error] = document.errors;
  if (error) return { problem: error.message.split('\n')[0] ?? 'it is no YAML' };
  // Few aliases: none of them multiplies into more than can be held.
  const value: Json = document.toJS({ maxAliasCount: 100 });
  // Only what JSON can hold is ever approved.
  return isObject(value) ? { body: JSON.parse(JSON.stringify(value)) } : { problem: 'it must be a mapping' };
}
