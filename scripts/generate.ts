// Writes src/generated/config.ts from schemas/, and the tables of keys and commands in docs/chat.md; with --check it only
// tells whether they are up to date.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateConfigTypes } from '../src/codegen/config-types.ts';
import { compareOrWrite } from '../src/codegen/write.ts';
import { commandTable, type KeyGroup, keyGroups } from '../src/ui/key-table.ts';

const check = process.argv.includes('--check');
const names = readdirSync('schemas').filter((name) => name.endsWith('.schema.json'));
const schemas = Object.fromEntries(
  names.map((name) => [name, JSON.parse(readFileSync(join('schemas', name), 'utf8'))]),
);
const outcomes = [
  write('src/generated/config.ts', await generateConfigTypes(schemas)),
  write('docs/chat.md', withTables(readFileSync('docs/chat.md', 'utf8'))),
];
if (outcomes.includes('stale')) {
  console.error('run `npm run generate` and commit the result');
  process.exitCode = 1;
}

function write(file: string, text: string): string {
  const outcome = compareOrWrite(file, text, check);
  console.log(`${outcome.padEnd(9)}  ${file}`);
  return outcome;
}

/** The page with the tables between their marks. */
function withTables(page: string): string {
  const begin = '<!-- generated: keys and commands -->\n';
  const end = '<!-- end of generated -->';
  const [before = '', rest = ''] = page.split(begin);
  const [, after] = rest.split(end);
  if (after === undefined) throw new Error(`docs/chat.md has lost its marks: ${begin.trim()} and ${end}`);
  const groups: readonly KeyGroup[] = Object.values(keyGroups);
  const keys = groups.map(({ title, keys: bound }) =>
    table(
      title,
      'key',
      bound.map(({ keys: name, about }) => [name.split(', ').map(code).join(', '), about]),
    ),
  );
  const commands = table(
    'Commands',
    'command',
    Object.entries(commandTable).map(([name, about]) => [code(`/${name}`), about]),
  );
  return `${before}${begin}\n${[...keys, commands].join('\n')}\n${end}${after}`;
}

function table(title: string, head: string, rows: readonly (readonly [name: string, about: string])[]): string {
  const lines = rows.map(([name, about]) => `| ${name} | ${about.replaceAll('|', '\\|')} |`);
  return [`### ${title}`, '', `| ${head} | does |`, '|---|---|', ...lines, ''].join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}
