import t from 'tap';
import { tryApp } from '../config/app-files.ts';

const dispatcher = 'apps/shop/dispatcher.yaml';

/** What is said about a dispatcher, line by line. */
async function linesFor(t: Parameters<typeof tryApp>[0], text: string, files: Readonly<Record<string, string>> = {}) {
  const { lines, app } = await tryApp(t, { [dispatcher]: text, ...files });
  return { lines: lines.map((line) => line.replace(/^apps\/shop\//, '')), app };
}

t.test('http: addresses, headers and names of variables', async (t) => {
  const sound = await linesFor(
    t,
    'kind: http\nurl: https://shop.example.com/actions\nlookup: https://shop.example.com/actions/{key}\ntokenEnv: SHOP_TOKEN\n',
  );
  t.strictSame(sound.lines, []);
  t.match(sound.app?.dispatcher, { kind: 'http', timeoutSeconds: 30, inTests: 'mock', results: {}, headersEnv: {} });
  const { lines } = await linesFor(
    t,
    `kind: http
url: shop.example.com
lookup: https://shop.example.com/actions
headers: { Authorization: Bearer x, Idempotency-Key: x }
headersEnv: { authorization: SHOP_TOKEN, x-key: sk-123 }
tokenEnv: SHOP_TOKEN
results: { price_chnage: {} }
inTest: apply
`,
  );
  const all = lines.join('\n');
  for (const words of [
    /dispatcher\.yaml:2:6 error .*"url"/,
    /dispatcher\.yaml:3:9 error .*"lookup"/,
    /key-in-file: the header "Authorization" of the dispatcher would hold a key .*tokenEnv and headersEnv/,
    /reserved-header: the header "Idempotency-Key" of the dispatcher is set by Harness/,
    /dispatcher\.yaml:5:\d+ error .*x-key/,
    /conflicting-keys: the dispatcher takes only one of "tokenEnv" and the header "authorization"/,
    /unknown action kind "price_chnage".*did you mean "price_change"\?/,
    /unknown-key: .*"inTest".*did you mean "inTests"\?/,
  ]) {
    t.match(all, words);
  }
  t.equal(lines.length, 8);
  const plain = await linesFor(t, 'kind: http\nurl: http://shop.example.com/actions\ntokenEnv: SHOP_TOKEN\n');
  t.match(plain.lines, [/2:6 warning key-in-clear: "url" of the dispatcher is no https address/]);
  const near = await linesFor(t, 'kind: http\nurl: http://localhost:4000/actions\ntokenEnv: SHOP_TOKEN\n');
  t.strictSame(near.lines, []);
});

t.test('command and module: files that are there, and stay in the app', async (t) => {
  const files = { 'apps/shop/tools/apply.mjs': '', 'apps/shop/dispatcher.mts': '' };
  const program = await linesFor(t, 'kind: command\ncommand: [node, ./tools/apply.mjs, --fast, "x/../y"]\n', files);
  t.strictSame(program.lines, []);
  t.strictSame(Object.keys(program.app?.dispatcherFiles ?? {}), ['./tools/apply.mjs']);
  t.match(program.app?.dispatcherFiles['./tools/apply.mjs'], /apps\/shop\/tools\/apply\.mjs$/);
  const slips = await linesFor(t, 'kind: command\ncommand: [node, ./tools/aply.mjs]\nlookup: [../../evil.sh]\n', files);
  t.match(slips.lines, [
    /dispatcher\.yaml:2:\d+ error missing-file: .*did you mean "\.\/tools\/apply\.mjs"\?/,
    /dispatcher\.yaml:3:\d+ error unsafe-path: the path "\.\.\/\.\.\/evil\.sh" leaves the folder "shop"/,
  ]);
  t.match((await linesFor(t, 'kind: command\ncommand: []\n')).lines, [/dispatcher\.yaml:2:10 error /]);
  const code = await linesFor(t, 'kind: module\nfile: ./dispatcher.mts\nenv: [SHOP_TOKEN]\n', files);
  t.strictSame(code.lines, []);
  const wrong = await linesFor(t, 'kind: module\nfile: ./dispatcher.mjs\nenv: [shop-token]\n', files);
  t.match(wrong.lines, [
    /dispatcher\.yaml:2:7 error missing-file: .*did you mean "\.\/dispatcher\.mts"\?/,
    /dispatcher\.yaml:3:7 error /,
  ]);
  t.match((await linesFor(t, 'kind: module\nfile: ./dispatcher.py\n')).lines, [/dispatcher\.yaml:2:7 error .*"file"/]);
  t.match((await linesFor(t, 'kind: modul\nfile: x.mjs\n')).lines, [/did you mean "module"\?/]);
});
