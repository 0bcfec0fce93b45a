import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Document, isPair, isScalar, Scalar, visit } from 'yaml';
import type { Json } from '../core/json.ts';

/** How a value is written. */
export interface YamlForm {
  /** Place of lists that are short enough for one line: whether the list at these keys is one. */
  inline?(keys: readonly string[]): boolean;
}

/**
 * A value as the text of a YAML file, the same text for the same value: long texts as blocks, nothing folded, and
 * nothing in it that our own reader refuses.
 */
export function yamlText(value: Json, { inline }: YamlForm = {}): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (place, node) => {
      if (typeof node.value === 'string') node.type = scalarType(node.value, place === 'key');
    },
    Seq: (_, node, path) => {
      const keys = path.flatMap((each) => (isPair(each) && isScalar(each.key) ? [String(each.key.value)] : []));
      if (inline?.(keys)) node.flow = true;
    },
  });
  const text = document.toString({ lineWidth: 0, blockQuote: 'literal', flowCollectionPadding: false });
  return text.replace(unprintable, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

// What stands in no text as it is. A text with any of it is written in double quotes, where it can be escaped.
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const unprintable = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u2028\u2029\uFEFF\uFFFE\uFFFF]/g;
const quoted = new RegExp(`${unprintable.source}|\\p{Cs}`, 'u');

function scalarType(text: string, isKey: boolean): Scalar.Type {
  const severalLines = /\n/.test(text);
  // A block that begins with white space is not read back as it was written.
  if (quoted.test(text) || (severalLines && (isKey || !/^\S/.test(text)))) return Scalar.QUOTE_DOUBLE;
  return severalLines ? Scalar.BLOCK_LITERAL : Scalar.PLAIN;
}

/**
 * The comment by which editors find the schema of a file.
 * @param file absolute path @param root absolute path of the project @param schema such as `eval.schema.json`
 */
export function schemaLine(file: string, root: string, schema: string): string {
  const installed = join(root, 'node_modules', 'harness', 'schemas', schema);
  const path = existsSync(installed) ? installed : join(root, 'schemas', schema);
  return `# yaml-language-server: $schema=${relative(dirname(file), path).replaceAll('\\', '/')}\n`;
}
