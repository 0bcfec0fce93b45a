import { github } from './github.ts';
import { html } from './html.ts';
import { json } from './json.ts';
import { jsonl } from './jsonl.ts';
import { junit } from './junit.ts';
import { markdown } from './markdown.ts';
import type { Reporter, ReporterKind } from './reporter.ts';
import { terminal } from './terminal.ts';

/** A new kind is one file, one name in `ReporterKind` and one line here. */
export const reporters: { readonly [K in ReporterKind]: Reporter } = {
  terminal,
  json,
  jsonl,
  junit,
  markdown,
  github,
  html,
};
