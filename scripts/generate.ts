// Writes src/generated/config.ts from schemas/; with --check it only tells whether that file is up to date.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateConfigTypes } from '../src/codegen/config-types.ts';
import { compareOrWrite } from '../src/codegen/write.ts';

const file = 'src/generated/config.ts';
const names = readdirSync('schemas').filter((name) => name.endsWith('.schema.json'));
const schemas = Object.fromEntries(
  names.map((name) => [name, JSON.parse(readFileSync(join('schemas', name), 'utf8'))]),
);
const outcome = compareOrWrite(file, await generateConfigTypes(schemas), process.argv.includes('--check'));
console.log(`${outcome.padEnd(9)}  ${file}`);
if (outcome === 'stale') {
  console.error('run `npm run generate` and commit the result');
  process.exitCode = 1;
}
