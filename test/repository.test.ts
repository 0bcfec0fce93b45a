import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { parse } from 'yaml';
import { generateConfigTypes } from '../src/codegen/config-types.ts';
import { generatePlans } from '../src/codegen/plans.ts';
import type { SchemaNode } from '../src/codegen/schema-set.ts';
import { version } from '../src/core/version.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What each part of `src` may import besides itself; `npm` stands for packages and built-in modules. */
const neighbours = ['core', 'generated', 'npm'];
const floor1 = ['config', 'data', 'store', 'interpreters', 'toolkits', 'dispatchers', 'run'];
const floors: Readonly<Record<string, readonly string[]>> = {
  generated: [],
  core: ['generated', 'node:crypto'],
  codegen: ['core/errors.ts', 'npm'],
  ...Object.fromEntries([...floor1, 'evals', 'ui'].map((folder) => [folder, neighbours])),
  runtime: [...neighbours, ...floor1],
  commands: [...neighbours, ...floor1, 'evals', 'ui', 'codegen', 'runtime'],
  'cli.ts': ['commands', 'core', 'generated', 'npm'],
  'index.ts': [...neighbours, ...floor1, 'evals', 'codegen', 'runtime'],
};

/** Paths of all source files, relative to `src`. */
const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => /\.tsx?$/.test(file));

/** The part of `src` that a file is in: its folder, or its own name. */
const partOf = (file: string) => file.split('/', 1).join('');

/** Every module that a source text names in an import or an export, static or dynamic. */
function importsOf(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const found = code.matchAll(/\b(?:from|import)\s*\(?\s*'([^']+)'|\bimport\s*\(\s*[`"]([^`"]+)[`"]/g);
  return [...found].map((match) => match[1] ?? match[2] ?? '');
}

/** Why `file` may not import `name`; undefined when it may. */
function breach(file: string, name: string): string | undefined {
  const part = partOf(file);
  const allowed = floors[part] ?? [];
  if (!name.startsWith('.')) {
    const fine = allowed.includes('npm') || allowed.includes(name);
    return fine ? undefined : `${file} imports ${isBuiltin(name) ? 'the built-in module' : 'the package'} ${name}`;
  }
  const target = posix.join(posix.dirname(file), name);
  if (target === '../package.json') return undefined;
  const fine = [part, ...allowed].some((word) => target === word || (word === partOf(target) && !word.includes('.')));
  return fine ? undefined : `${file} imports ${target}`;
}

t.test('every source file keeps to its floor', async (t) => {
  t.ok(files.length > 20, 'the sources are found');
  t.same(
    files.filter((file) => floors[partOf(file)] === undefined),
    [],
    'every part has a floor',
  );
  const breaches = files.flatMap((file) => {
    const names = importsOf(readFileSync(join(root, 'src', file), 'utf8'));
    return names.map((name) => breach(file, name)).filter((text) => text !== undefined);
  });
  t.same(breaches, []);
});

t.test('the floor table refuses what it should', async (t) => {
  t.match(importsOf("import { a } from 'x';\nexport type { B } from './b.ts';\nawait import('./c.ts');\nimport 'd';"), [
    'x',
    './b.ts',
    './c.ts',
    'd',
  ]);
  t.same(importsOf("// from 'x'\n/* import('y') */"), []);
  const refused: [string, string][] = [
    ['core/plan.ts', 'yaml'],
    ['core/plan.ts', 'node:fs'],
    ['core/plan.ts', '../run/loop.ts'],
    ['codegen/types.ts', '../core/json.ts'],
    ['store/open.ts', '../config/app.ts'],
    ['runtime/build.ts', '../codegen/plans.ts'],
    ['run/loop.ts', '../ui/screen.ts'],
    ['index.ts', './commands/smoke.ts'],
    ['cli.ts', './runtime/build.ts'],
    ['store/open.ts', '../cli.ts'],
  ];
  for (const [file, name] of refused) t.type(breach(file, name), 'string', `${file} -> ${name}`);
  const allowed: [string, string][] = [
    ['core/plan.ts', 'node:crypto'],
    ['core/plan.ts', './json.ts'],
    ['codegen/types.ts', '../core/errors.ts'],
    ['toolkits/catalog/query.ts', '../../core/tool.ts'],
    ['commands/codegen.ts', '../codegen/plans.ts'],
  ];
  for (const [file, name] of allowed) t.equal(breach(file, name), undefined, `${file} -> ${name}`);
});

t.test('no source file is longer than 350 lines', async (t) => {
  const written = files.filter((file) => partOf(file) !== 'generated');
  const lines = (file: string) => readFileSync(join(root, 'src', file), 'utf8').split('\n').length - 1;
  t.same(
    written.filter((file) => lines(file) > 350),
    [],
  );
});

t.test('generated files are up to date', async (t) => {
  const folder = join(root, 'schemas');
  const names = readdirSync(folder).filter((name) => name.endsWith('.schema.json'));
  const schemas = Object.fromEntries(names.map((name) => [name, JSON.parse(readFileSync(join(folder, name), 'utf8'))]));
  const config = readFileSync(join(root, 'src/generated/config.ts'), 'utf8');
  t.ok(config === (await generateConfigTypes(schemas)), 'src/generated/config.ts; else run `npm run generate`');

  t.equal(version, JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version, 'src/core/version.ts');

  for (const app of readdirSync(join(root, 'apps'))) {
    const file = join(root, 'apps', app, 'app.yaml');
    if (!existsSync(file)) continue;
    const plans = plansOf(file);
    // An app without plans has no such file.
    const text = Object.keys(plans).length === 0 ? '' : await generatePlans(plans);
    const generated = join(root, 'apps', app, 'generated/plans.ts');
    const current = existsSync(generated) ? readFileSync(generated, 'utf8') : '';
    t.ok(current === text, `${relative(root, generated)}; else run \`harness codegen\``);
  }
});

function plansOf(file: string): Record<string, SchemaNode> {
  const plans: Record<string, SchemaNode | string> = parse(readFileSync(file, 'utf8')).plans ?? {};
  const read = (plan: SchemaNode | string): SchemaNode =>
    typeof plan === 'string' ? parse(readFileSync(join(dirname(file), plan), 'utf8')) : plan;
  return Object.fromEntries(Object.entries(plans).map(([name, plan]) => [name, read(plan)]));
}
