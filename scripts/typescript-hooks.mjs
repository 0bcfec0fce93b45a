// Module hooks that take the types out of TypeScript. What a file comes to is kept in node_modules/.cache, so that the
// processes of the many test files do not each compile all of src/ anew.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../node_modules/.cache/harness/typescript/', import.meta.url));
const options = { format: 'esm', target: 'node20.19', jsx: 'automatic', sourcemap: 'inline', sourcesContent: false };
const hash = (...texts) => createHash('sha256').update(texts.join('\0')).digest('hex');
mkdirSync(folder, { recursive: true });

export async function load(url, context, next) {
  if (!/^file:[^?#]*\.tsx?$/.test(url)) return next(url, context);
  return { format: 'module', source: await compiled(fileURLToPath(url)), shortCircuit: true };
}

/** The script of a TypeScript file: one entry for each file, which ends with a line that tells what it was made from. */
async function compiled(file) {
  const source = readFileSync(file, 'utf8');
  const entry = `${folder}${hash(file)}.mjs`;
  const mark = `\n// ${hash(JSON.stringify(options), source)}\n`;
  const kept = textOf(entry);
  if (kept?.endsWith(mark)) return kept;
  const { transform } = await import('esbuild');
  const loader = file.endsWith('x') ? 'tsx' : 'ts';
  const { code } = await transform(source, { ...options, loader, sourcefile: basename(file) });
  const script = `${code}${mark}`;
  // Other processes may read it, or write it too.
  writeFileSync(`${entry}-${process.pid}`, script);
  renameSync(`${entry}-${process.pid}`, entry);
  return script;
}

function textOf(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
