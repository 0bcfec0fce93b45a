import core from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import diff from 'highlight.js/lib/languages/diff';
import json from 'highlight.js/lib/languages/json';
import python from 'highlight.js/lib/languages/python';
import sql from 'highlight.js/lib/languages/sql';
import typescript from 'highlight.js/lib/languages/typescript';
import yaml from 'highlight.js/lib/languages/yaml';
import type { Paint } from '../core/palette.ts';
import type { Theme } from './paint.ts';

const highlighter = core.newInstance();
for (const [name, language] of Object.entries({ bash, diff, json, python, sql, typescript, yaml })) {
  highlighter.registerLanguage(name, language);
}

/** Longer code has no colours: they would take longer than a frame may. */
const longest = 10_000;

/** The lines of a piece of code, coloured where its language is known. @param code safe to print */
export function codeLines(code: string, language: string, theme: Theme): string[] {
  const name = language.toLowerCase();
  if (code.length > longest || highlighter.getLanguage(name) === undefined) return code.split('\n');
  const { value } = highlighter.highlight(code, { language: name, ignoreIllegals: true });
  return paintHtml(value, theme).split('\n');
}

/** Turns `<span class="hljs-…">` into looks. They end at the end of each line, so that lines stand alone. */
function paintHtml(html: string, theme: Theme): string {
  const open: (Paint | undefined)[] = [];
  let out = '';
  for (const [, start, text] of html.matchAll(/<(\/?span[^>]*)>|([^<]+)/g)) {
    if (start?.startsWith('/')) open.pop();
    else if (start !== undefined) open.push(paintOf(start, theme) ?? open.at(-1));
    else if (text !== undefined) out += paintLines(plainText(text), open.at(-1));
  }
  return out;
}

function paintLines(text: string, paint: Paint | undefined): string {
  return paint === undefined ? text : text.split('\n').map(paint).join('\n');
}

function plainText(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#x27);/g, (entity) => entities[entity] ?? entity);
}

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#x27;': "'",
};

function paintOf(span: string, theme: Theme): Paint | undefined {
  const [, kind = ''] = /hljs-(\w+)/.exec(span) ?? [];
  const looks: Readonly<Record<string, Paint>> = {
    keyword: theme.magenta,
    built_in: theme.cyan,
    type: theme.cyan,
    literal: theme.yellow,
    number: theme.yellow,
    string: theme.green,
    comment: theme.dim,
    attr: theme.blue,
    title: theme.blue,
    addition: theme.green,
    deletion: theme.red,
  };
  return looks[kind];
}
