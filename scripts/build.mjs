// Builds `dist/`: the command line and the library as bundles, and the library's type declarations.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** What starts a process, or is imported by users. Everything else is reached from these. */
const entryPoints = ['src/cli.ts', 'src/index.ts', 'src/data/sql-child.ts'];

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
// `dist` is replaced at the end, so that it works while a build runs, and after one that failed.
const fresh = `node_modules/.cache/harness/dist-${process.pid}`;
process.on('exit', () => rmSync(fresh, { recursive: true, force: true }));
run('scripts/build-validators.mjs');
await build({
  entryPoints,
  outbase: 'src',
  outdir: fresh,
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minifySyntax: true,
  // React draws faster without its checks.
  define: { 'process.env.NODE_ENV': '"production"' },
  // A native module, a large one that only `harness codegen` needs, and Ink's inspector, which is not there.
  external: ['better-sqlite3', 'json-schema-to-typescript', 'react-devtools-core'],
  // Bundled CommonJS packages call require for built-in modules.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);",
  },
  logLevel: 'warning',
}).catch(() => process.exit(1));
writeFileSync(`${fresh}/cli.js`, `#!/usr/bin/env node\n${readFileSync(`${fresh}/cli.js`, 'utf8')}`);
chmodSync(`${fresh}/cli.js`, 0o755);
run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--outDir', `${fresh}/types`);
const old = `${fresh}-old`;
process.on('exit', () => rmSync(old, { recursive: true, force: true }));
if (existsSync('dist')) renameSync('dist', old);
renameSync(fresh, 'dist');

function run(...args) {
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
