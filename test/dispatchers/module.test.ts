import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { HarnessError } from '../../src/core/errors.ts';
import { module } from '../../src/dispatchers/module.ts';
import { run, start } from '../commands/cli.ts';
import { folderOf } from '../folder.ts';
import { envOf, key, outcomeOf } from './acting.ts';
import { scriptOf, shop } from './shop.ts';

t.setTimeout(300_000);

let modules = 0;

/** The dispatcher of a module of the test's own. */
async function dispatcherOf(t: Test, code: string, file = 'shop.mjs') {
  // A module is loaded once from each path.
  const name = `module-${++modules}`;
  const folder = join(folderOf(t, { [name]: { [file]: code } }), name);
  const env = envOf({ appFolder: folder, appFile: (name) => join(folder, name), variables: { SHOP_TOKEN: 'token-1' } });
  return module({ kind: 'module', file, env: ['SHOP_TOKEN'], inTests: 'mock', results: {} }, env);
}

/** Why a module is refused. */
async function flawOf(t: Test, code: string, file?: string) {
  try {
    await dispatcherOf(t, code, file);
  } catch (thrown) {
    if (thrown instanceof HarnessError) return thrown.problems.map(({ message, hint }) => [message, hint]);
  }
  throw new Error('it was not refused');
}

t.test('a dispatcher as default, or made for the workspace', async (t) => {
  const done = { entitiesAffected: 2, summary: 'p-001 now 6.49', details: { key } };
  const applies = `async apply(action, { key }) {
    return { entitiesAffected: 2, summary: action.productId + ' now ' + action.newPrice, details: { key } };
  }`;
  t.strictSame(await outcomeOf(await dispatcherOf(t, `export default { ${applies} }`)), done);
  const made = await dispatcherOf(
    t,
    `export default 1;
export async function createDispatcher({ workspace, env }) {
  return {
    calls: 0,
    async apply() { this.calls += 1; return { summary: workspace + ' ' + env.SHOP_TOKEN + ' ' + this.calls }; },
    async lookup(key) { return key === 'known' ? { entitiesAffected: 0, summary: 'Known' } : undefined; },
    close() { globalThis.closedByTest = this.calls; },
  };
}`,
  );
  t.match(await outcomeOf(made), { summary: 'main token-1 1' });
  t.match(await made.lookup?.('known'), { entitiesAffected: 0, summary: 'Known' });
  t.equal(await made.lookup?.('other'), undefined);
  await made.close?.();
  t.equal((globalThis as { closedByTest?: number }).closedByTest, 1);
  t.equal((await dispatcherOf(t, `export default { ${applies} }`)).lookup, undefined);
});

t.test('what it throws, and what it answers that is no answer', async (t) => {
  const outcome = async (body: string) =>
    outcomeOf(await dispatcherOf(t, `export default { async apply() { ${body} } }`));
  const failure = 'const error = new Error("no such product"); error.name = "ToolFailure"; throw error;';
  t.strictSame(await outcome(failure), ['failed', 'no such product'], 'also of another Harness than this one');
  t.strictSame(await outcome('throw new Error("lost")'), ['unknown', 'lost']);
  t.match(await outcome(''), { entitiesAffected: 1, summary: 'price_change was applied' });
  t.match(await outcome('return "done"'), { summary: /no object$/ });
  t.match(await outcome('return { details: 1n }'), { summary: /was too long, or no JSON$/ });
  t.match(await outcome('return { summary: "x".repeat(5000) }'), { summary: /^x{999}…$/ });
});

t.test('a module that cannot be used is refused before anything runs', async (t) => {
  t.match(await flawOf(t, 'export const dispatcher = {}'), [[/"shop\.mjs" exports no dispatcher/]]);
  t.match(await flawOf(t, 'export const createDispacher = () => ({})'), [
    [/exports no dispatcher/, 'did you mean createDispatcher by "createDispacher"?'],
  ]);
  t.match(await flawOf(t, 'export default { apply: 1 }'), [[/exports no dispatcher/]]);
  t.match(await flawOf(t, 'export default {'), [[/^"shop\.mjs" cannot be loaded: /]]);
  t.match(await flawOf(t, 'import "no-such-package"'), [[/cannot be loaded: Cannot find package/]]);
  t.match(await flawOf(t, 'throw new Error("on purpose\\nsecond line")'), [
    ['"shop.mjs" cannot be loaded: on purpose'],
  ]);
  t.match(await flawOf(t, 'export function createDispatcher() { throw new Error("no database"); }'), [
    ['createDispatcher of "shop.mjs" failed: no database'],
  ]);
});

const action = '[{ kind: price_change, productId: p-001, newPrice: 6.49 }]';
const script = 'apps/shop/smoke/price.yaml';

/** A project whose dispatcher is a module. */
function shopWith(t: Test, file: string, code: string, more = ''): string {
  const cwd = shop(t, {
    dispatcher: `kind: module\nfile: ./${file}\n${more}`,
    smoke: { 'price.yaml': scriptOf(action) },
  });
  writeFileSync(join(cwd, 'apps/shop', file), code);
  return cwd;
}

const typed = `import type { Dispatcher } from 'harness';
interface PriceChange { readonly kind: 'price_change'; readonly newPrice: number }
const dispatcher: Dispatcher<PriceChange> = {
  apply: async ({ newPrice }) => ({ entitiesAffected: 1, summary: \`now \${newPrice}\` }),
};
export default dispatcher;
`;

t.test('TypeScript, where Node runs it; elsewhere one clear message', async (t) => {
  const cwd = shopWith(t, 'dispatcher.ts', typed);
  t.match(await run(['smoke'], { cwd }), { code: 0 }, 'a test loads no code');
  t.match(await run(['validate'], { cwd }), { code: 0 });
  const ended = await run(['chat', '--script', script, '--output', 'stream-json'], { cwd });
  if ((process.features as { typescript?: unknown }).typescript) {
    t.equal(ended.code, 0, ended.stderr);
    t.match(ended.stdout, '"summary":"now 6.49"');
  } else {
    t.equal(ended.code, 2);
    t.match(ended.stderr, /error invalid-module: Node \S+ does not run TypeScript, as "\.\/dispatcher\.ts" is/);
    t.match(ended.stderr, 'apps/shop/dispatcher.yaml:2:7');
    t.match(ended.stderr, 'use Node 22.18 or later, or compile the module and name the .js file');
    t.notMatch(ended.stderr, /\n\s+at /);
  }
});

t.test('a slip in its name is found when the files are checked', async (t) => {
  const cwd = shopWith(t, 'dispatcher.mjs', 'export default {}');
  writeFileSync(join(cwd, 'apps/shop/dispatcher.yaml'), 'kind: module\nfile: ./dispacher.mjs\n');
  const wrong = await run(['validate'], { cwd });
  t.equal(wrong.code, 2);
  t.match(
    wrong.stdout,
    /missing-file: there is no file "\.\/dispacher\.mjs"[\s\S]*did you mean "\.\/dispatcher\.mjs"\?/,
  );
});

/** Applies once, waits for ever, and tells when it is asked. */
const slow = `import { appendFileSync, existsSync, readFileSync } from 'node:fs';
export function createDispatcher({ workspace }) {
  const file = new URL('./done-' + workspace + '.txt', import.meta.url);
  return {
    async apply(action, { key }) {
      const first = !existsSync(file);
      appendFileSync(file, key + '\\n');
      console.error('working');
      if (first) await new Promise((resolve) => setTimeout(resolve, 600_000));
      return { entitiesAffected: 1, summary: 'Again' };
    },
    async lookup(key) {
      const known = existsSync(file) && readFileSync(file, 'utf8').includes(key);
      return known ? { entitiesAffected: 1, summary: 'Known' } : undefined;
    },
  };
}
`;

t.test('killed while it works: it is asked, and does nothing twice', async (t) => {
  const cwd = shopWith(t, 'dispatcher.mjs', slow);
  const chat = start(['chat', '--script', script, '--output', 'stream-json'], { cwd });
  await chat.saw('working');
  chat.child.kill('SIGKILL');
  await chat.ended;
  t.match(await run(['chat', '--continue', '--script', script], { cwd }), { code: 0, stdout: 'Done.\n' });
  const { plans } = JSON.parse((await run(['plans', '--json'], { cwd })).stdout);
  t.match(plans[0].result, { status: 'executed', actions: [{ summary: 'Known' }] });
});
