import { spawn } from 'node:child_process';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import t, { type Test } from 'tap';
import type { Json } from '../../src/core/json.ts';
import type { Clock } from '../../src/core/ports.ts';
import { expiredEntries, isExpired } from '../../src/data/kv/keep.ts';
import { layoutOf } from '../../src/data/kv/layout.ts';
import { clipText, outline } from '../../src/data/kv/outline.ts';
import { sessionResults } from '../../src/data/kv/results.ts';
import { isLargerThan, isTooDeep } from '../../src/data/kv/size.ts';
import { type Entry, type Kv, openKv } from '../../src/data/kv/store.ts';
import type { ResultsConfig } from '../../src/generated/config.ts';

const defaults: ResultsConfig = {
  inlineMax: 1000,
  preview: { rows: 3, chars: 400 },
  keep: 'session',
  maxBytes: 100_000,
  maxTotalBytes: 300_000,
  store: {},
};

const origin = { runId: 'r-1', agent: 'clerk', tool: 'look', call: 'c1' };

/** Sessions over one kv database. */
function setUp(t: Test, config: Partial<ResultsConfig> = {}, clock: Clock = { now: () => 1_000_000 }) {
  const file = join(t.testdir({}), 'kv.db');
  let kv: Kv | undefined;
  const open = () => {
    kv ??= openKv(file, true);
    return kv;
  };
  const session = (name: string) => {
    const whole = { ...defaults, ...config };
    const results = sessionResults({ session: name, config: whole, clock, open, existing: () => kv });
    t.teardown(() => results.close());
    return results;
  };
  t.teardown(() => kv?.close());
  return { file, open, session, opened: () => kv !== undefined };
}

function tableOf(count: number): Json {
  const rows = Array.from({ length: count }, (_, index) => [index, `name ${index}`, index / 4]);
  return { columns: ['id', 'name', 'part'], rows, rowCount: count };
}

const signal = new AbortController().signal;
const whole = (result: string) => ({ result, path: '' });

function nested(levels: number): Json {
  let value: Json = 'end';
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

t.test('what is small stays as it is, and nothing is created', async (t) => {
  const { file, session, opened } = setUp(t);
  const results = session('s-1');
  for (const value of [null, 7, 'text', [], {}, tableOf(3), 'x'.repeat(998), 'ü'.repeat(498)]) {
    t.equal(await results.admit(value, origin), value);
  }
  t.notOk(opened());
  t.notOk(existsSync(file));
  t.match(await results.admit('ü'.repeat(500), origin), { result: 'r-1', kind: 'text' }, 'bytes count, not characters');
  t.match(await results.admit('"'.repeat(500), origin), { result: 'r-2' }, 'as JSON writes them');
  t.ok(existsSync(file));
});

t.test('a table becomes a handle with a preview, and an SQL table', async (t) => {
  const { session } = setUp(t);
  const results = session('s-1');
  const value = { ...(tableOf(200) as object), truncated: 'rows', note: 'There are more rows.' } as Json;
  t.strictSame(await results.admit(value, origin), {
    result: 'r-1',
    kind: 'table',
    table: 'r_1',
    rows: 200,
    columns: ['id', 'name', 'part'],
    bytes: 4160,
    preview: [
      [0, 'name 0', 0],
      [1, 'name 1', 0.25],
      [2, 'name 2', 0.5],
    ],
    rowCount: 200,
    truncated: 'rows',
    note:
      'There are more rows. The preview holds the first of 200 rows. Stored as r-1: use result_query on the table ' +
      'r_1, result_read or result_search.',
  });
  t.strictSame(await results.read({ result: 'r-1', offset: 197 }), {
    result: 'r-1',
    columns: ['id', 'name', 'part'],
    rows: [
      [197, 'name 197', 49.25],
      [198, 'name 198', 49.5],
      [199, 'name 199', 49.75],
    ],
    offset: 197,
    total: 200,
  });
  t.match(await results.read({ result: 'r-1', limit: 2 }), { offset: 0, next: 2, total: 200 });
  t.strictSame(await results.read({ result: 'r-1', path: '/5' }), {
    result: 'r-1',
    path: '/5',
    value: { id: 5, name: 'name 5', part: 1.25 },
  });
  t.match(await results.read({ result: 'r-1', path: '/5/name' }), { text: 'name 5', total: 6 });
  t.strictSame(await results.search({ result: 'r-1', query: 'NAME 19', limit: 2 }), {
    result: 'r-1',
    matches: [
      { row: 19, column: 'name', found: 'name 19', values: [19, 'name 19', 4.75] },
      { row: 190, column: 'name', found: 'name 190', values: [190, 'name 190', 47.5] },
    ],
    total: 11,
  });
  t.strictSame(await results.query('SELECT count(*) AS n, sum(part) AS parts FROM r_1 WHERE id >= 100', signal), {
    columns: ['n', 'parts'],
    rows: [[100, 3737.5]],
    rowCount: 1,
  });
  const records = (await results.resolve(whole('r-1'))) as readonly Json[];
  t.equal(records.length, 200);
  t.strictSame(records[7], { id: 7, name: 'name 7', part: 1.75 });
  t.equal(await results.resolve({ result: 'r-1', path: '/7/name' }), 'name 7');
});

t.test('values come out as they went in', async (t) => {
  const { session, open } = setUp(t, { store: { look: 'always' }, inlineMax: 20_000 });
  const results = session('s-1');
  const awkward = [
    '',
    'naïve ☕ 👩‍👩‍👧',
    'a\u0000b',
    'line\nline',
    '"quoted" \\ \'',
    '007',
    '1e3',
    ' 1 ',
    'مرحبا',
    'null',
  ];
  const same: Record<string, Json> = {
    numbers: [0, -1, 1.5, 1e300, 2 ** 53, -(2 ** 53), 5e-324, 9007199254740991],
    texts: awkward,
    keys: Object.fromEntries(awkward.map((text, at) => [text, at])),
    prototypes: JSON.parse('{"__proto__": {"a": 1}, "constructor": 2, "toString": [3]}') as Json,
    deep: nested(200),
    'half a character': { a: ['\ud800', { '\udc00': 1 }] },
    scalars: [null, true, false, [], {}, [[]]],
    nothing: null,
    'an empty list': [],
    'a handle': { $result: 'r-1' },
    'almost a table': { columns: ['a'], rows: [[true]] },
    'rows of other lengths': { columns: ['a', 'b'], rows: [[1, 2], [3]] },
    'no columns': { columns: [], rows: [] },
    'a text': 'just a text',
  };
  for (const [name, value] of Object.entries(same)) {
    const shown = (await results.admit(value, origin)) as { result: string };
    t.strictSame(await results.resolve(whole(shown.result)), value, name);
  }
  const table = {
    columns: ['t', 'n', 'mixed', 'null'],
    rows: awkward.map((text, at) => [text, at, at % 2 ? text : at, null]),
  };
  const { result } = (await results.admit(table, origin)) as { result: string };
  t.strictSame(
    await results.resolve(whole(result)),
    table.rows.map(([a, n, mixed, none]) => ({ t: a, n, mixed, null: none })),
    'a table',
  );
  const types = `SELECT group_concat(DISTINCT typeof(t)), group_concat(DISTINCT typeof(n)),
    group_concat(DISTINCT typeof(mixed)) FROM ${result.replace('-', '_')}`;
  t.match(await results.query(types, signal), { rows: [['text', 'integer', 'integer,text']] }, 'and no type changed');
  const fractions = { columns: ['price'], rows: [[7], [3.5], [null]] };
  const priced = (await results.admit(fractions, origin)) as { table: string };
  t.match(await results.query(`SELECT price / 2 FROM ${priced.table}`, signal), { rows: [[3.5], [1.75], [null]] });
  t.equal(open().list('s-1').length, Object.keys(same).length + 2);
});

t.test('columns that SQLite could not tell apart get names of their own', async (t) => {
  const { session } = setUp(t, { store: { look: 'always' } });
  const results = session('s-1');
  const columns = [
    'id',
    'ID',
    'id',
    '',
    'a"b',
    'x); DROP TABLE results; --',
    'rowid',
    '_rowid_',
    'oid',
    'a\u0000b',
    '"',
  ];
  const rows = [columns.map((_, at) => at)];
  const shown = await results.admit({ columns, rows }, origin);
  const expected = 'id ID_2 id_3 column_4 a"b x);·DROP·TABLE·results;·-- rowid _rowid__2 oid ab "'.split(' ');
  t.match(shown, { columns: expected.map((name) => name.replaceAll('·', ' ')) });
  t.match(await results.query('SELECT * FROM r_1', signal), { rows });
  t.match(await results.read({ result: 'r-1' }), { rows });
  t.match(await results.admit({ columns: ['a'], rows: [] }, origin), { rows: 0, preview: [] });
  t.match(await results.query('SELECT count(*) FROM r_2', signal), { rows: [[0]] });
});

t.test('lists, objects and texts are read, searched and queried', async (t) => {
  const { session } = setUp(t);
  const results = session('s-1');
  const items = Array.from({ length: 300 }, (_, id) => ({ id, name: `Straße ${id}`, tags: id % 2 ? ['odd'] : [] }));
  t.match(await results.admit(items, origin), {
    result: 'r-1',
    kind: 'json',
    table: 'r_1',
    rows: 300,
    columns: ['data'],
    preview: [{ id: 0 }, { id: 1 }],
    note: /one row for each item/,
  });
  t.match(await results.read({ result: 'r-1', offset: 298 }), { items: [{ id: 298 }, { id: 299 }], total: 300 });
  t.match(await results.read({ result: 'r-1', path: '/1/tags' }), { items: ['odd'] });
  t.match(await results.search({ result: 'r-1', query: 'STRAßE 299', limit: 5 }), {
    matches: [{ path: '/299/name', found: 'Straße 299' }],
    total: 1,
  });
  t.match(await results.query("SELECT count(*) FROM r_1, json_each(data, '$.tags') e WHERE e.value = 'odd'", signal), {
    rows: [[150]],
  });

  t.match(await results.admit({ page: 1, items }, origin), {
    result: 'r-2',
    kind: 'json',
    rows: 1,
    preview: { page: 1, items: [{ id: 0 }] },
  });
  t.match(await results.read({ result: 'r-2' }), { value: { page: 1 }, note: /by their path/ });
  t.match(await results.read({ result: 'r-2', path: '/items', offset: 299 }), { items: [{ id: 299 }], total: 300 });
  t.equal(((await results.resolve({ result: 'r-2', path: '/items' })) as readonly Json[]).length, 300);
  t.match(await results.search({ result: 'r-2', query: 'name', limit: 1 }), {
    matches: [{ path: '/items/0/name', found: 'name' }],
    total: 300,
  });

  const text = `${'👩‍👩‍👧 lorem '.repeat(500)}NEEDLE${' ipsum'.repeat(500)}`;
  t.match(await results.admit(text, origin), {
    result: 'r-3',
    kind: 'text',
    preview: /^👩‍👩‍👧 lorem .*characters in all\)$/s,
  });
  let read = '';
  for (let next: number | undefined = 0; next !== undefined; ) {
    const page = (await results.read({ result: 'r-3', offset: next })) as { text: string; next?: number };
    t.ok(JSON.stringify(page).length < 1200);
    t.notMatch(page.text, /\p{Cs}/u, 'no character is split');
    read += page.text;
    next = page.next;
  }
  t.equal(read, text, 'page by page it is the whole text');
  t.match(await results.search({ result: 'r-3', query: 'needle', limit: 5 }), {
    matches: [{ offset: text.indexOf('NEEDLE'), found: /lorem NEEDLE ipsum/ }],
    total: 1,
  });
  t.match(await results.search({ result: 'r-3', query: '.*', limit: 5 }), { matches: [], total: 0 }, 'no pattern');
});

t.test('what is long inside is shown short', async (t) => {
  const { session } = setUp(t);
  const results = session('s-1');
  const long = 'y'.repeat(5000);
  await results.admit({ columns: ['a', 'b'], rows: [[1, long]] }, origin);
  t.match(await results.read({ result: 'r-1' }), { rows: [[1, /^y+… \(5,000 characters in all\)$/]] });
  t.match(await results.read({ result: 'r-1', path: '/0/b', offset: 4990 }), { text: 'yyyyyyyyyy', total: 5000 });
  const wide = Array.from({ length: 1500 }, (_, at) => `a_long_column_name_${at}`);
  const shown = await results.admit({ columns: wide, rows: [wide.map((_, at) => at)] }, origin);
  t.ok(JSON.stringify(shown).length < 1800, 'also with very many columns');
  t.match(shown, { columns: { 0: 'a_long_column_name_0' }, note: /r_2/ });
  t.strictSame(outline([nested(50), long], 100), [['[… 1 item]'], `${'y'.repeat(40)}… (5,000 characters in all)`]);
  t.equal(clipText('ab👍cd', 3), 'ab… (6 characters in all)');
});

t.test('handles stand for nothing outside of their session', async (t) => {
  const { session } = setUp(t);
  const mine = session('s-1');
  const other = session('s-2');
  const none = mine.resolve(whole('r-1'));
  await t.rejects(none, { code: 'unknown-result', message: /"r-1"; no result is stored in this session yet/ });
  await t.rejects(mine.query('SELECT 1', signal), { code: 'unknown-result' });
  await mine.admit(tableOf(200), origin);
  await other.admit(tableOf(200), origin);
  const refused = {
    code: 'foreign-result',
    message: 'r-2 belongs to another session; call the tool again that gave it',
  };
  await t.rejects(mine.resolve(whole('r-2')), refused);
  await t.rejects(mine.read({ result: 'r-2' }), refused);
  await t.rejects(mine.search({ result: 'r-2', query: 'x', limit: 1 }), refused);
  t.ok(await mine.resolve(whole('r-2'), 's-2'), 'unless another session is meant');
  await t.rejects(mine.resolve(whole('r-3')), { code: 'unknown-result', message: /"r-3"; stored are r-1/ });
  for (const handle of ['', 'r-', 'r-01', 'r-1; DROP', 'r_1', '1', 'r-1e3', 'r-99999999999999999999']) {
    await t.rejects(mine.read({ result: handle }), { code: 'unknown-result' }, handle);
  }
  for (const path of ['/999', '/0/nmae', '/0/name/x', '/-1', '/01', 'name', '/__proto__', '/0/constructor']) {
    await t.rejects(mine.read({ result: 'r-1', path }), { code: 'unknown-path' }, path);
  }
  await t.rejects(mine.read({ result: 'r-1', path: '/0/nmae' }), { message: /did you mean "name"\?/ });
});

t.test('SQL reads the stored results of the session and nothing else', async (t) => {
  const { session, open, file } = setUp(t);
  const mine = session('s-1');
  const other = session('s-2');
  await other.admit(tableOf(200), origin);
  await mine.admit(tableOf(200), origin);
  const before = open().list();
  const hostile: Record<string, string> = {
    'SELECT * FROM r_1': 'query-refused',
    'SELECT * FROM r_2 UNION ALL SELECT * FROM r_1': 'query-refused',
    'SELECT (SELECT max(name) FROM r_1) FROM r_2': 'query-refused',
    'WITH r_9 AS (SELECT * FROM R_1) SELECT * FROM r_9': 'query-refused',
    'SELECT * FROM results': 'query-refused',
    'SELECT * FROM main.results': 'query-refused',
    'SELECT * FROM sqlite_sequence': 'query-refused',
    'SELECT sql FROM sqlite_schema': 'query-refused',
    "SELECT * FROM pragma_table_info('results')": 'query-refused',
    'SELECT * FROM dbstat': 'query-refused',
    'DELETE FROM r_2': 'query-refused',
    'DROP TABLE r_2': 'query-refused',
    "INSERT INTO r_2 VALUES (1, 'x', 1)": 'query-refused',
    'WITH x AS (SELECT 1) DELETE FROM r_2': 'query-refused',
    'SELECT 1; DROP TABLE r_2': 'query-refused',
    'PRAGMA table_list': 'query-refused',
    "ATTACH 'other.db' AS other": 'query-refused',
    "VACUUM INTO 'copy.db'": 'query-refused',
    'SELECT * FROM r_3': 'query-failed',
    'SELECT * FROM r-2': 'query-failed',
    "SELECT load_extension('x')": 'query-failed',
    'SELECT nmae FROM r_2': 'query-failed',
    'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n': 'query-timeout',
  };
  for (const [sql, code] of Object.entries(hostile)) await t.rejects(mine.query(sql, signal), { code }, sql);
  await t.rejects(mine.query('SELECT * FROM r_1', signal), {
    message:
      'the statement reads something else than the stored results of this session; allowed are the tables of these ' +
      'results: r_2',
  });
  await t.rejects(mine.query('SELECT * FROM r-2', signal), { message: /the table of r-2 is r_2/ });
  await t.rejects(mine.query('SELECT * FROM r_3', signal), { message: /did you mean "r_2"\?/ });
  t.strictSame(open().list(), before, 'nothing has changed');
  t.match(await mine.query('SELECT count(*) FROM r_2', signal), { rows: [[200]] }, 'and the next query works');
  await mine.admit(tableOf(300), origin);
  t.match(
    await mine.query('SELECT count(*) FROM r_3 JOIN r_2 USING (id)', signal),
    { rows: [[200]] },
    'also over new ones',
  );
  t.notOk(existsSync(join(file, '..', 'copy.db')));
});

t.test('too large a value keeps its beginning, and says so', async (t) => {
  const { session, open } = setUp(t, { maxBytes: 10_000 });
  const results = session('s-1');
  const table = (await results.admit(tableOf(5000), origin)) as { rows: number; bytes: number };
  t.match(table, { result: 'r-1', note: /Only the first \d+ of 5,000 rows were small enough to be stored\./ });
  t.ok(table.rows > 300 && table.rows < 500);
  t.ok(table.bytes <= 10_000);
  t.match(await results.query('SELECT count(*) FROM r_1', signal), { rows: [[table.rows]] });
  t.match(await results.admit(Array(5000).fill('an item'), origin), { note: /of 5,000 items/ });
  t.match(await results.admit('ü'.repeat(20_000), origin), { kind: 'text', note: /Only its beginning/ });
  t.match(await results.admit({ text: 'ü'.repeat(20_000) }, origin), { kind: 'text', note: /Only its beginning/ });
  t.ok(
    open()
      .list()
      .every((entry) => entry.cut && entry.bytes <= 10_000),
  );
  for (const handle of ['r-1', 'r-2', 'r-3', 'r-4']) {
    await t.rejects(results.resolve(whole(handle)), { code: 'cut-result' }, 'half of it never stands for the whole');
  }
});

t.test('nesting has a limit', async (t) => {
  const { session, open } = setUp(t);
  const results = session('s-1');
  t.notOk(isTooDeep(nested(200)));
  t.ok(isTooDeep(nested(201)));
  for (const value of [nested(300), nested(200_000), [1, nested(5000)], { a: nested(100_000), b: 'x'.repeat(2000) }]) {
    const shown = await results.admit(value, origin);
    t.match(shown, {
      kind: 'json',
      note: 'Only this preview is left of the result: it is nested too deep to be stored.',
    });
    t.notOk('result' in (shown as object));
    t.ok(JSON.stringify(shown).length < 600);
  }
  t.equal(open().list().length, 0, 'and leaves nothing half-stored');
});

t.test('the oldest values make room', async (t) => {
  const { session, open } = setUp(t, { maxBytes: 40_000, maxTotalBytes: 100_000 });
  const results = session('s-1');
  for (let count = 0; count < 10; count++) await results.admit('z'.repeat(30_000), origin);
  t.strictSame(
    open()
      .list()
      .map((entry) => entry.result),
    ['r-8', 'r-9', 'r-10'],
  );
  await t.rejects(results.read({ result: 'r-1' }), { code: 'expired-result', message: /r-1 is not kept any more/ });
  await t.rejects(results.read({ result: 'r-11' }), { code: 'unknown-result' });
});

t.test('values are kept as long as the app says', async (t) => {
  let now = 1_000_000;
  const { session, open } = setUp(t, { keep: '2h' }, { now: () => now });
  const results = session('s-1');
  await results.admit(tableOf(200), origin);
  now += 7_199_000;
  t.ok(await results.read({ result: 'r-1' }));
  now += 2000;
  await t.rejects(results.read({ result: 'r-1' }), { code: 'expired-result', message: /results are kept for 2h/ });
  await t.rejects(results.query('SELECT 1 FROM r_1', signal), { code: 'unknown-result' });
  const entry = (session: string, storedMs: number) => ({ session, storedMs }) as Entry;
  const entries = [entry('a', 0), entry('b', 50_000), entry('c', 90_000)];
  const gone = (keep: string) => expiredEntries(entries, keep, new Set(['b']), 100_000).map((each) => each.session);
  t.strictSame(gone('session'), ['a', 'c']);
  t.strictSame(gone('1m'), ['a']);
  t.strictSame(gone('forever'), []);
  t.equal(isExpired(entry('a', 0), 'forever', 1e15), false);
  const file = open().file;
  for (let count = 0; count < 5; count++) await results.admit('w'.repeat(90_000), origin);
  const size = () => statSync(file).size + statSync(`${file}-wal`).size;
  const before = size();
  t.equal(open().remove(open().list()), 3);
  open().shrink();
  t.ok(size() < before / 4, 'and the disk gets its space back');
});

t.test('several values are stored one after the other, without stopping the process', async (t) => {
  const { session, open } = setUp(t, { maxBytes: 50_000_000, maxTotalBytes: 100_000_000 });
  const results = session('s-1');
  const rows = Array.from({ length: 60_000 }, (_, id) => [id, `customer number ${id}`, id / 3]);
  let longest = 0;
  let last = performance.now();
  const ticks = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 1);
  const table = { columns: ['id', 'name', 'part'], rows };
  const shown = await Promise.all([table, table, 'x'.repeat(5000)].map((value) => results.admit(value, origin)));
  clearInterval(ticks);
  t.match(shown, [{ result: 'r-1', rows: 60_000 }, { result: 'r-2' }, { result: 'r-3', kind: 'text' }]);
  t.match(await results.query('SELECT count(*), sum(id) FROM r_2', signal), { rows: [[60_000, 1_799_970_000]] });
  t.ok(longest < 400, `the longest stop was ${Math.round(longest)} ms`);
  t.equal(open().list().length, 3);
});

t.test('a process that dies while it stores leaves what was stored before', async (t) => {
  const { open, file, session } = setUp(t);
  await session('s-1').admit(tableOf(200), origin);
  await open().close();
  const program = `
    import Sqlite from 'better-sqlite3';
    const db = new Sqlite(${JSON.stringify(file)});
    db.exec('BEGIN IMMEDIATE');
    db.exec("INSERT INTO results (session, run_id, agent, tool, call, kind, columns, rows, bytes, cut, stored_at) VALUES ('s', 'r', 'a', 't', 'c', 'table', '[]', 0, 0, 0, 0)");
    db.exec('CREATE TABLE r_2 (a)');
    const insert = db.prepare('INSERT INTO r_2 VALUES (randomblob(4000))');
    for (let row = 0; row < 3000; row++) insert.run();
    process.stdout.write('half');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  const again = openKv(file, true);
  t.teardown(() => again.close());
  t.strictSame(
    again.list().map(({ result, rows }) => [result, rows]),
    [['r-1', 200]],
  );
  const results = sessionResults({
    session: 's-1',
    config: defaults,
    clock: Date,
    open: () => again,
    existing: () => again,
  });
  t.match(await results.admit(tableOf(300), origin), { result: 'r-2', rows: 300 });
  results.close();
});

t.test('a kv database that cannot be used says why', async (t) => {
  const dir = t.testdir({ 'text.db': 'not a database, but long enough to look at'.repeat(100), folder: {} });
  t.throws(() => openKv(join(dir, 'text.db'), true), {
    code: 'store-unavailable',
    message: /the kv database is not a database/,
    hint: /move the file away/,
  });
  t.throws(() => openKv(join(dir, 'none.db'), false), { code: 'store-unavailable', hint: /ensureSchema: true/ });
  t.notOk(existsSync(join(dir, 'none.db')), 'ensureSchema: false creates nothing');
  writeFileSync(join(dir, 'empty.db'), '');
  t.throws(() => openKv(join(dir, 'empty.db'), false), { code: 'store-unavailable' });
  t.throws(() => openKv(join(dir, 'text.db', 'kv.db'), true), { code: 'disk-unavailable' });
  t.throws(() => openKv(join(dir, 'folder'), true), { code: 'disk-unavailable' });
  const newer = join(dir, 'newer.db');
  const db = new Sqlite(newer);
  db.pragma('user_version = 99');
  db.close();
  t.throws(() => openKv(newer, true), { code: 'newer-state', message: /newer Harness \(version 99\)/ });
  const config = { ...defaults };
  const open = () => openKv(join(dir, 'none.db'), false);
  const results = sessionResults({ session: 's', config, clock: Date, open, existing: () => undefined });
  const shown = await results.admit(tableOf(200), origin);
  t.match(shown, { note: /Only this preview is left of the result: it could not be stored, the kv database of this/ });
  t.notOk('result' in (shown as object), 'the tool has run: its result is shown as far as it can be');
});

t.test('layouts and sizes', async (t) => {
  t.equal(layoutOf({ columns: ['a'], rows: [[1]], extra: { nested: true } }).kind, 'json', 'a table loses nothing');
  t.equal(layoutOf({ columns: ['a'], rows: [[1]], note: 'x'.repeat(2000) }).kind, 'json');
  t.equal(layoutOf({ columns: ['a'], rows: [['\ud800']] }).kind, 'json');
  t.equal(layoutOf({ columns: Array(2001).fill('a'), rows: [] }).kind, 'json');
  for (const value of [[1, 2], { a: 'ü' }, 'text', { a: [{ b: null }] }, '\u0001'] as Json[]) {
    const size = Buffer.byteLength(JSON.stringify(value));
    t.notOk(isLargerThan(value, size), JSON.stringify(value));
    t.ok(isLargerThan(value, size - 1));
  }
});
