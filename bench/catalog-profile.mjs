// Profiling a million rows of ten columns: in one table, which is profiled by a sample, and in five that are read whole.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { cpu, report } from './measure.mjs';
import { folder } from './sample.mjs';

/** Ticks of the kernel's clock in a second, by which it counts the CPU time of a process. */
const ticks = 100;

export async function measureProfiles(openCatalog) {
  const file = join(folder, 'million.db');
  const db = new Database(file);
  fill(db, 'orders', 1_000_000);
  await profile('one table', { openCatalog, db, exposed: ['orders'] });
  const exposed = ['a', 'b', 'c', 'd', 'e'];
  for (const name of exposed) fill(db, name, 200_000);
  await profile('five tables that are read whole', { openCatalog, db, exposed });
  db.close();
}

async function profile(title, { openCatalog, db, exposed }) {
  const floor = await cpu(() => {
    for (const name of exposed) for (const _row of db.prepare(`SELECT * FROM ${name}`).raw().iterate());
  });
  const catalog = openCatalog({
    file: join(folder, `profiles-${exposed.length}.db`),
    ensureSchema: true,
    target: db.name,
    tables: exposed,
    keepCurrent: true,
    now: () => Date.now(),
  });
  const children = new Map();
  const watch = setInterval(() => look(children), 20);
  const start = performance.now();
  const own = await cpu(async () => void (await catalog.update()));
  const took = performance.now() - start;
  clearInterval(watch);
  const looked = (await catalog.tables()).map(({ profile }) => profile?.looked);
  await catalog.close();
  const seen = [...children.values()];
  const memory = Math.max(...seen.map((child) => child.memory));
  const used = own + seen.reduce((sum, child) => sum + child.cpuMs, 0);
  const known = seen.length > 0;
  report(`Inspect, profile and index 1,000,000 rows x 10 columns, ${title}`, [
    ['looked at', `${looked.join(', ')} rows`],
    ['time', `${(took / 1000).toFixed(1)} s`, '(goal: <= 15 s)'],
    [
      'CPU, both processes',
      known ? `${(used / 1000).toFixed(1)} s, ${(used / floor).toFixed(1)} x reading all rows` : '?',
    ],
    ['memory of the child process at most', known ? `${memory.toFixed(0)} MB` : '?', '(goal: <= 200 MB)'],
  ]);
}

/** Of each child that reads for the catalog: its largest resident memory in MB, and its CPU time. Linux only. */
function look(children) {
  if (!existsSync('/proc/self/task')) return;
  const ids = readdirSync('/proc/self/task').flatMap((task) =>
    readIfThere(`/proc/self/task/${task}/children`).split(' ').filter(Boolean),
  );
  for (const pid of ids) {
    if (!readIfThere(`/proc/${pid}/cmdline`).includes('sql-child')) continue;
    const memory = /VmHWM:\s+(\d+)/.exec(readIfThere(`/proc/${pid}/status`))?.[1];
    const fields = readIfThere(`/proc/${pid}/stat`).split(' ');
    if (memory === undefined || fields.length < 15) continue;
    const cpuMs = ((Number(fields[13]) + Number(fields[14])) * 1000) / ticks;
    children.set(pid, { memory: Number(memory) / 1024, cpuMs });
  }
}

/** A process may end while it is looked at. */
function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function fill(db, table, rows) {
  db.exec(`CREATE TABLE ${table} (id INTEGER PRIMARY KEY, customer_id INTEGER, status TEXT, total REAL, at TEXT,
    email TEXT, code TEXT, note TEXT, quantity INTEGER, discount REAL)`);
  const insert = db.prepare(`INSERT INTO ${table} VALUES (${Array(10).fill('?').join(', ')})`);
  const statuses = ['new', 'paid', 'shipped', 'returned'];
  db.transaction(() => {
    for (let id = 1; id <= rows; id++) {
      const mixed = (id * 48_271) % 2_147_483_647;
      insert.run(
        id,
        mixed % 50_000,
        statuses[mixed % 4],
        mixed / 1000,
        `2026-0${1 + (mixed % 9)}-${10 + (mixed % 18)}`,
        `person${mixed % 100_000}@example.com`,
        `AB-${1000 + (mixed % 9000)}`,
        mixed % 3 === 0 ? null : `Left at the door of house number ${mixed % 700}`,
        mixed % 20,
        mixed % 10 === 0 ? 0.1 : null,
      );
    }
  })();
}
