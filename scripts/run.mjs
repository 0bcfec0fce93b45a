// Runs a TypeScript program of this repository: node scripts/run.mjs <file.ts> [arguments]
import { mkdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const program = resolve(process.argv[2] ?? '');
process.chdir(fileURLToPath(new URL('..', import.meta.url)));

// Inside the repository, so that packages are found.
const folder = resolve('node_modules/.cache/harness');
const outfile = resolve(folder, `run-${process.pid}.mjs`);
mkdirSync(folder, { recursive: true });
process.on('exit', () => rmSync(outfile, { force: true }));
await build({
  entryPoints: [program],
  outfile,
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  logLevel: 'warning',
});
process.argv.splice(1, 2, program);
await import(pathToFileURL(outfile).href);
