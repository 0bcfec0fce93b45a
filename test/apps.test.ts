import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import t from 'tap';
import { run } from './commands/cli.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const seed = readFileSync(`${root}apps/music-store/data/music.sql`, 'utf8');

t.test('the seed of music-store is what its script writes', async (t) => {
  const script: string = new URL('../scripts/generate-music-store.mjs', import.meta.url).href;
  const { musicStoreSql }: { musicStoreSql: () => string } = await import(script);
  t.ok(musicStoreSql() === seed, 'else run `node scripts/generate-music-store.mjs`');
  t.ok(musicStoreSql() === seed, 'the same again');
});

t.test('music-store is a database worth asking', async (t) => {
  const db = new Sqlite(':memory:');
  db.exec(seed);
  const names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
  const rows = names.map((name) => Number(db.prepare(`SELECT count(*) FROM ${name}`).pluck().get()));
  const broken = db.pragma('foreign_key_check');
  db.close();
  t.ok(names.length >= 11, `${names.length} tables`);
  const total = rows.reduce((sum, count) => sum + count, 0);
  t.ok(total >= 15_000, `${total} rows`);
  t.ok(seed.length < 1_500_000, `${seed.length} bytes`);
  t.strictSame(broken, [], 'every reference leads to a row');
});

t.test('all sample apps are sound, and their smoke scripts pass', async (t) => {
  const checked = await run(['validate'], { cwd: root });
  t.equal(checked.code, 0, checked.stderr);
  t.match(checked.stdout, /^✓ apps\/coordinator-planner-executor: .*\n✓ apps\/music-store: /);
  const played = await run(['smoke'], { cwd: root });
  t.equal(played.code, 0, played.stdout);
  t.match(played.stdout, /\n\d+ passed, 0 failed\n$/);
});
