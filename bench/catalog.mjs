// The catalog: search beside a plain bm25 query of SQLite over the same documents, in turn, in one run; building and
// opening the index; opening a workspace with a catalog and without one; profiling a million rows.
//   node bench/catalog.mjs [search] [workspace] [profile]
// Where the peers are installed (npm --prefix bench/peers ci) minisearch and Orama are measured beside it.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';
import { build } from 'esbuild';
import { entries, queries } from './catalog-corpus.mjs';
import { measureProfiles } from './catalog-profile.mjs';
import { measureWorkspace } from './catalog-workspace.mjs';
import { cpu, inTurn, median, report } from './measure.mjs';
import { folder } from './sample.mjs';

const limit = 10;
const rounds = 5;
const queriesOfKind = 40;
const chosen = process.argv.slice(2);
const parts = { search: searches, workspace: measureWorkspace, profile: () => measureProfiles(source.openCatalog) };
const peers = fileURLToPath(new URL('./peers', import.meta.url));
// Beside the built child process, which it looks for there.
const bundle = fileURLToPath(new URL(`../dist/bench-catalog-${process.pid}.mjs`, import.meta.url));
process.on('exit', () => rmSync(bundle, { force: true }));

await build({
  stdin: {
    contents: `export { openCatalog } from './catalog.ts'; export { openCatalogDatabase } from './database.ts';
      export { fields } from './entry.ts'; export { tableEntries } from './entries.ts';
      export { indexSearch } from './index-search.ts'; export { indexWriter } from './index-write.ts';`,
    resolveDir: fileURLToPath(new URL('../src/data/catalog', import.meta.url)),
  },
  outfile: bundle,
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
});
const source = await import(pathToFileURL(bundle).href);
for (const [name, measure] of Object.entries(parts)) {
  if (chosen.length === 0 || chosen.includes(name)) await measure();
}

async function searches() {
  await search(10_000);
  await search(100_000);
}

async function search(size) {
  const documents = [...entries(source.tableEntries, size)];
  const contenders = [await harness(documents), plainFts(documents), ...(await installedPeers(documents))];
  report(
    `Build of an index of ${size.toLocaleString('en')} entries`,
    contenders.map(({ name, ms, cpuMs }) => [
      name.padEnd(10),
      `${ms.toFixed(0).padStart(6)} ms`,
      `${cpuMs.toFixed(0).padStart(6)} ms CPU`,
      `${Math.round((size / ms) * 1000).toLocaleString('en')} entries/s`,
      name === 'harness' ? '(goal: >= 15,000)' : '',
    ]),
  );
  await opening(size, contenders[0].file);
  await asking(size, contenders);
  for (const { close } of contenders) close?.();
}

/** Each query's median over the rounds; then p50 and p95 over the queries, of each kind and of all. */
async function asking(size, contenders) {
  const kinds = queries(queriesOfKind);
  const times = new Map(contenders.map(({ name }) => [name, kinds.map(({ texts }) => texts.map(() => []))]));
  for (let round = 0; round < rounds; round++) {
    for (const [at, { texts }] of kinds.entries()) {
      for (const { name, ask } of contenders) {
        for (const [which, text] of texts.entries()) {
          const start = performance.now();
          await ask(text);
          times.get(name)[at][which].push(performance.now() - start);
        }
      }
    }
  }
  const all = [...times].map(([name, ofKinds]) => [name, ofKinds.map((texts) => texts.map(median))]);
  const cell = (values) => `${ms(quantile(values, 0.5))} ${ms(quantile(values, 0.95))}`;
  report(`Search over ${size.toLocaleString('en')} entries, ms, p50 and p95 of ${queriesOfKind} queries of each kind`, [
    ['', ...all.map(([name]) => name.padStart(17))],
    ...kinds.map(({ kind }, at) => [kind, ...all.map(([, medians]) => cell(medians[at]))]),
    ['all', ...all.map(([, medians]) => cell(medians.flat()))],
  ]);
  const [ours, plain] = all.map(([, medians]) => medians.flat());
  goals(size, ours, plain);
}

function goals(size, ours, plain) {
  const p50 = quantile(ours, 0.5);
  const p95 = quantile(ours, 0.95);
  const floor = quantile(plain, 0.95);
  const rows =
    size > 10_000
      ? [
          ['p50', `${p50.toFixed(2)} ms`, '(goal: <= 3 ms)'],
          ['p95', `${p95.toFixed(2)} ms`, `${(p95 / floor).toFixed(2)} x plain FTS5 (goal: <= 1 x)`],
        ]
      : [['p95', `${p95.toFixed(2)} ms`, '(goal: <= 5 ms)']];
  report(`Goals of search over ${size.toLocaleString('en')} entries`, rows);
}

function ms(value) {
  return value.toFixed(2).padStart(8);
}

function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** @returns `work`'s answer with the time and the CPU that it took. */
async function timed(work) {
  let result;
  const start = performance.now();
  const cpuMs = await cpu(async () => {
    result = await work();
  });
  return { ...result, cpuMs, ms: performance.now() - start };
}

async function harness(documents) {
  const file = join(folder, `catalog-${documents.length}.db`);
  const db = source.openCatalogDatabase({ file, ensureSchema: true });
  const built = await timed(async () => {
    const writer = source.indexWriter(db);
    await writer.add(documents);
    await writer.finish();
  });
  const find = source.indexSearch(db);
  return { name: 'harness', ...built, file, ask: (query) => find({ query, limit }).hits, close: () => db.close() };
}

/** What SQLite does by itself: the words of a query, any of them, best first. */
function plainFts(documents) {
  const db = new Database(join(folder, `plain-${documents.length}.db`));
  db.pragma('journal_mode = WAL');
  db.exec(`CREATE VIRTUAL TABLE documents USING fts5 (${source.fields.join(', ')}, shown UNINDEXED)`);
  const places = source.fields.map(() => '?').join(', ');
  const start = performance.now();
  const before = process.cpuUsage();
  const insert = db.prepare(`INSERT INTO documents VALUES (${places}, ?)`);
  db.transaction(() => {
    for (const { texts, shown } of documents) {
      insert.run(...source.fields.map((field) => texts[field] ?? ''), JSON.stringify(shown));
    }
  })();
  const { user, system } = process.cpuUsage(before);
  const find = db
    .prepare(
      `SELECT shown FROM documents WHERE documents MATCH ? AND rank MATCH 'bm25(10, 6, 3, 2, 1)' ORDER BY rank LIMIT ?`,
    )
    .pluck();
  const match = (query) => (query.match(/[a-z0-9]+/gi) ?? []).map((word) => `"${word}"`).join(' OR ');
  return {
    name: 'plain FTS5',
    ms: performance.now() - start,
    cpuMs: (user + system) / 1000,
    ask: (query) => find.all(match(query), limit).map((shown) => JSON.parse(shown)),
    close: () => db.close(),
  };
}

async function installedPeers(documents) {
  if (!existsSync(join(peers, 'node_modules', 'minisearch'))) return [];
  const { miniSearch, orama } = await import('./peers/search.mjs');
  const contenders = [];
  for (const [name, make] of Object.entries({ minisearch: miniSearch, Orama: orama })) {
    contenders.push({ name, ...(await timed(() => make(documents, source.fields, limit))) });
  }
  return contenders;
}

async function opening(size, file) {
  const open = (search) => () => {
    const start = performance.now();
    const db = source.openCatalogDatabase({ file, ensureSchema: true });
    const find = source.indexSearch(db);
    if (search) find({ query: 'unicorn id', limit });
    const took = performance.now() - start;
    db.close();
    return took;
  };
  const figures = await inTurn({ open: open(false), 'open and search': open(true) }, 15);
  report(
    `Opening an index of ${size.toLocaleString('en')} entries`,
    Object.entries(figures).map(([name, took]) => [name, `${took.toFixed(1)} ms`, '(goal: <= 10 ms)']),
  );
}
