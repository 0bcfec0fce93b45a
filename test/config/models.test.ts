import t from 'tap';
import { edit, type Files, tryApp } from './app-files.ts';

const models = '  main: { provider: anthropic, id: claude-sonnet-5-5 }';
const provider = 'apps/shop/providers/anthropic.yaml';

t.test('models and their fallbacks', async (t) => {
  const withFallback = (fallback: string) =>
    edit(
      'apps/shop/app.yaml',
      models,
      `  main: { provider: anthropic, id: claude-sonnet-5-5, fallback: [${fallback}] }`,
    );
  t.strictSame((await tryApp(t, withFallback('fast'))).lines, []);
  t.strictSame((await tryApp(t, withFallback('fats'))).lines, [
    'apps/shop/app.yaml:8:66 error unknown-model: unknown model "fats" in the fallback of model "main" (did you mean "fast"?)',
  ]);
  t.strictSame((await tryApp(t, withFallback('main'))).lines, [
    'apps/shop/app.yaml:8:66 error fallback-to-self: model "main" is its own fallback',
  ]);
  const spare = `${models.replace(' }', ', fallback: [spare] }')}\n  spare: { provider: anthropic, id: x }`;
  t.strictSame((await tryApp(t, edit('apps/shop/app.yaml', models, spare))).lines, [], 'a fallback is used');
  const { lines } = await tryApp(
    t,
    edit('apps/shop/app.yaml', models, models.replace(' }', ', effort: hi, thinking: budget, maxOutputTokens: 0 }')),
  );
  t.equal(lines.length, 3);
  t.match(lines[0], /unknown-value|bad-value|expected/);
});

t.test('providers', async (t) => {
  const lines = async (text: string) => (await tryApp(t, { [provider]: `kind: anthropic\n${text}` })).lines;
  for (const caching of ['false', '5m', '1h', 'off']) {
    t.strictSame(await lines(`baseUrl: http://localhost:4000\nauth: none\nfeatures: { caching: ${caching} }\n`), []);
  }
  t.match(await lines('features: { caching: 2h }\n'), [/caching/]);
  t.strictSame(await lines('baseUrl: http://localhost:4000/v1/\n'), [
    `${provider}:2:10 warning base-url-version: the "/v1" at the end of "baseUrl" of provider "anthropic" is left out: every request adds it`,
  ]);
  t.strictSame(await lines('headers: { X-Api-Key: abc }\n'), [
    `${provider}:2:12 error key-in-file: the header "X-Api-Key" of provider "anthropic" would hold a key (keys come from the environment: see apiKeyEnv and auth)`,
  ]);
  t.equal((await lines('baseUrl: ftp://x\n')).length, 1);
  t.equal((await lines('baseUrl: "http://me:secret@x"\n')).length, 1);
  t.equal((await lines('idleSeconds: 0\n')).length, 1);
});

t.test('a key that was pasted into a file is not printed', async (t) => {
  for (const key of ['sk-ant-api03-abcdefghijkl', '9f8e7d6c5b4a39281706']) {
    for (const member of ['apiKeyEnv', 'apiKey']) {
      const { problems } = await tryApp(t, { [provider]: `kind: anthropic\n${member}: ${key}\n` });
      t.match(problems, [
        { code: /bad-pattern|unknown-key/, place: { source: `${member}: ${'*'.repeat(key.length)}` } },
      ]);
      t.notMatch(JSON.stringify(problems), key);
    }
  }
  const { problems } = await tryApp(t, { [provider]: 'kind: anthropic\napiKey: ANTHROPIC_API_KEY\n' });
  t.match(problems, [{ place: { source: 'apiKey: ANTHROPIC_API_KEY' } }]);
});

t.test('what is known of models is warned of', async (t) => {
  const known = { 'claude-sonnet-5-5': { maxOutputTokens: 128_000 }, 'claude-haiku-5-5': { maxOutputTokens: 64_000 } };
  const appFile = 'apps/shop/app.yaml';
  const planner = 'apps/shop/agents/planner.yaml';
  const main = (more: string, id = 'claude-sonnet-5-5') =>
    edit(appFile, models, models.replace('claude-sonnet-5-5 }', `${id}${more} }`));
  const lines = async (changes: Files) => (await tryApp(t, changes, { known })).lines;
  t.strictSame(await lines(main(', maxOutputTokens: 128000')), [], 'as much as it can');
  t.strictSame(await lines(main(', maxOutputTokens: 128001')), [
    `${appFile}:8:72 warning too-many-tokens: model "main" can write 128,000 tokens in one step, and is asked for 128,001 ` +
      '(its provider would refuse the step; harness models lists what is known)',
  ]);
  const asks = edit(planner, 'model: main', 'model: main\nmaxOutputTokens: 100000');
  t.strictSame(await lines(asks), [], 'an agent asks what its model can');
  t.match(await lines({ ...asks, ...main(', fallback: [fast]') }), [
    /^apps\/shop\/agents\/planner\.yaml:\d+:18 warning too-many-tokens: model "fast" can .* 100,000, by agent "planner" \(/,
  ]);
  t.strictSame(await lines(main(', maxOutputTokens: 9000000', 'my-own')), [], 'of an unknown model nothing is known');

  for (const slip of ['claude-sonet-5-5', 'claude-sonnet-5.5', 'Claude-Sonnet-5-5', 'cluade-sonnet-5-5']) {
    t.strictSame(await lines(main('', slip)), [
      `${appFile}:8:36 warning unknown-model-id: the id "${slip}" of model "main" is not known (did you mean "claude-sonnet-5-5"?)`,
    ]);
  }
  for (const other of ['claude-sonnet-4-5', 'claude-opus-5-5', 'claude-sonnet-5-5-20260901', 'llama', 'constructor']) {
    t.strictSame(await lines(main('', other)), [], `${other} may be another model`);
  }
  const ownServer = { [provider]: 'kind: anthropic\nbaseUrl: http://localhost:4000\n' };
  t.strictSame(await lines({ ...main('', 'claude-sonnet-5.5'), ...ownServer }), [], 'another server has its own names');
});
