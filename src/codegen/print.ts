import { compile } from 'json-schema-to-typescript';
import { memberName } from './literal.ts';
import type { View } from './view.ts';

/** A type under the word that stands for its name while it is printed, and its name. */
export interface Declaration {
  readonly word: string;
  readonly name: string;
  readonly view: View;
}

/**
 * Formatted TypeScript declarations. The printer would change some names (`Q2bPlan` to `Q2BPlan`), number others, and
 * fail on some (`hasOwnProperty`), so it only sees words: `stem`, which occurs nowhere in the views, and a number.
 */
export async function print(stem: string, declarations: readonly Declaration[]): Promise<string> {
  const index = `${stem}Index`;
  const texts = new Map(declarations.map(({ word, name }) => [word, name]));
  const keys = new Map<string, string>();
  const keyWord = (name: string): string => {
    const word = keys.get(name) ?? `${stem}Key${keys.size}`;
    keys.set(name, word);
    texts.set(word, memberName(name));
    return word;
  };
  const once = new Map(declarations.map((declaration) => [declaration.name, declaration]));
  const properties: Record<string, View> = {};
  for (const { word, view } of once.values()) properties[word] = { ...withKeys(view, keyWord), title: word };
  const all: View = {
    title: index,
    type: 'object',
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  };
  const text = await compile(all, index, {
    bannerComment: '',
    additionalProperties: false,
    ignoreMinAndMaxItems: true,
    unknownAny: true,
    style: { singleQuote: true, printWidth: 110 },
  });
  return text
    .replace(new RegExp(`^export interface ${index} \\{[^}]*\\}\\n`, 'm'), '')
    .replace(new RegExp(`\\b${stem}(Key)?\\d+\\b`, 'g'), (word) => texts.get(word) ?? word)
    .replace(shortComment, '/** $1 */')
    .replace(endOfDeclaration, '$1\n\n')
    .trimStart();
}

/** The same view with other property names. */
function withKeys(view: View, word: (name: string) => string): View {
  const inside = (part: View) => withKeys(part, word);
  const { items, properties, required, additionalProperties: others, anyOf, allOf } = view;
  const named = Object.entries(properties ?? {}).map(([name, member]) => [word(name), inside(member)]);
  return {
    ...view,
    ...(items && { items: inside(items) }),
    ...(properties && { properties: Object.fromEntries(named) }),
    ...(required && { required: required.map(word) }),
    ...(others && { additionalProperties: inside(others) }),
    ...(anyOf && { anyOf: anyOf.map(inside) }),
    ...(allOf && { allOf: allOf.map(inside) }),
  };
}

/** A comment of one line. One that starts with `@` keeps its lines: `/** @ts-ignore *\/` means something to tsc. */
const shortComment = /\/\*\*\n *\* ([^@\n][^\n]*)\n *\*\//g;

const endOfDeclaration = /^(\}|.*;)\n(?=\/\*\*|export )/gm;
