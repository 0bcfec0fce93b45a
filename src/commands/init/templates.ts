import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { schemaLine } from '../../config/yaml-text.ts';
import type { Json, JsonObject } from '../../core/json.ts';

/** Texts of files by their paths in the project, with `/`. */
export type Files = ReadonlyMap<string, string>;

/**
 * The files of a project as their templates make them: `{{key}}` stands for a value, `my-app` in a path for the app's
 * name, and `dot-` for the dot of a hidden file, which npm would not pack.
 * @param root where the project will be @param kinds folders of templates; a text in several of them is joined
 */
export function fillTemplates(root: string, kinds: readonly string[], name: string, values: JsonObject): Files {
  const files = new Map<string, string>();
  for (const kind of kinds) {
    const folder = packageFolder(`templates/init/${kind}`);
    for (const template of filesIn(folder)) {
      const path = template
        .split('/')
        .map((part) => (part === 'my-app' ? name : part.replace(/^dot-/, '.')))
        .join('/');
      const text = readFileSync(join(folder, template), 'utf8');
      const filled = path.endsWith('.yaml') ? yaml(text, join(root, path), root, values) : plain(text, values);
      files.set(path, (files.get(path) ?? '') + filled);
    }
  }
  return files;
}

/** The schemas by which editors know the files; where the package is installed in the project, they are there. */
export function schemaFiles(root: string): { readonly folder: string; readonly files: Files } {
  const installed = 'node_modules/harness/schemas';
  if (existsSync(join(root, installed))) return { folder: installed, files: new Map() };
  const folder = packageFolder('schemas');
  const files = filesIn(folder).map((name) => [`schemas/${name}`, readFileSync(join(folder, name), 'utf8')] as const);
  return { folder: 'schemas', files: new Map(files) };
}

/** Paths of all files below a folder, with `/`, in order. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort();
}

function plain(text: string, values: JsonObject): string {
  return text.replace(/\{\{(\w+)\}\}/g, (_, key: string) => String(placeholder(key, values)));
}

/** A text in quotes that is one placeholder alone becomes the value itself; in a longer one the value is escaped. */
function yaml(text: string, file: string, root: string, values: JsonObject): string {
  return text
    .replace(/^# yaml-language-server: \$schema=\S*?([a-z]+\.schema\.json)\n/, (_, schema: string) =>
      schemaLine(file, root, schema),
    )
    .replace(/( ?)"\{\{(\w+)\}\}"|\{\{(\w+)\}\}/g, (_, space: string, alone: string | undefined, within: string) => {
      if (alone === undefined) return JSON.stringify(String(placeholder(within, values))).slice(1, -1);
      const value = placeholder(alone, values);
      return Array.isArray(value) ? value.map((item) => `\n      - ${node(item)}`).join('') : space + node(value);
    });
}

function node(value: Json): string {
  // In YAML these words are no texts, or were none once.
  const other = /^(true|false|null|yes|no|on|off|y|n)$/i;
  return typeof value === 'string' && /^[A-Za-z][\w-]*$/.test(value) && !other.test(value)
    ? value
    : JSON.stringify(value);
}

function placeholder(key: string, values: JsonObject): Json {
  const value = values[key];
  if (value === undefined) throw new Error(`a template has the unknown placeholder ${key}`);
  return value;
}

/** A folder of this package, whether this code is a part of the bundle or runs from its sources. */
function packageFolder(name: string): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    if (existsSync(join(at, 'package.json')) && existsSync(join(at, name))) return join(at, name);
    if (dirname(at) === at) throw new Error(`this installation has no ${name}`);
  }
}
