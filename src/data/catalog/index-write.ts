import { setImmediate } from 'node:timers/promises';
import type { Database } from 'better-sqlite3';
import { type EntryKind, entryKinds } from '../../core/catalog.ts';
import { type Entry, fields, idRange } from './entry.ts';
import { readMeta, writeMeta } from './meta.ts';
import { termsOf } from './words.ts';

/** Changes the index. Between portions other work of this process goes on; one writer at a time. */
export interface IndexWriter {
  /** Takes everything out. */
  clear(): void;
  add(entries: Iterable<Entry>): Promise<void>;
  /** Takes out all entries of some sources. */
  remove(sources: Iterable<string>): Promise<void>;
  /** To be called at last: what was added can be found from now on. */
  finish(): Promise<void>;
}

/** Entries or terms that are written in one transaction. */
const portion = 500;

export function indexWriter(db: Database): IndexWriter {
  const write = rowWriter(db);
  const changes = { terms: new Map<string, number>(), entries: 0, tokens: 0 };
  const count = (fieldTerms: readonly (readonly string[])[], by: 1 | -1): void => {
    for (const term of new Set(fieldTerms.flat())) changes.terms.set(term, (changes.terms.get(term) ?? 0) + by);
    changes.entries += by;
    changes.tokens += by * fieldTerms.reduce((sum, terms) => sum + terms.length, 0);
  };
  const markUnfinished = () => writeMeta(db, { index: 'unfinished' });
  return {
    clear() {
      db.transaction(() => {
        for (const table of ['words', 'parts']) db.exec(`INSERT INTO ${table} (${table}) VALUES ('delete-all')`);
        db.exec('DELETE FROM entries; DELETE FROM terms;');
        writeMeta(db, { index: 'unfinished', entries: '0', tokens: '0' });
      })();
      Object.assign(changes, { terms: new Map(), entries: 0, tokens: 0 });
      write.restart();
    },
    async add(entries) {
      markUnfinished();
      await inPortions(db, entries, (entry) => count(write.insert(entry), 1));
    },
    async remove(sources) {
      markUnfinished();
      await inPortions(db, write.idsOf(sources), (id) => count(write.remove(id), -1));
    },
    async finish() {
      await inPortions(db, changes.terms, ([term, by]) => write.count(term, by));
      const meta = readMeta(db);
      writeMeta(db, {
        index: 'complete',
        entries: String(Number(meta.entries ?? 0) + changes.entries),
        tokens: String(Number(meta.tokens ?? 0) + changes.tokens),
      });
      Object.assign(changes, { terms: new Map(), entries: 0, tokens: 0 });
    },
  };
}

async function inPortions<T>(db: Database, items: Iterable<T>, work: (item: T) => void): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const some = db.transaction((): boolean => {
    for (let count = 0; count < portion; count++) {
      const next = iterator.next();
      if (next.done) return false;
      work(next.value);
    }
    return true;
  });
  while (some.immediate()) await setImmediate();
}

interface RowWriter {
  /** @returns the terms of each field */
  insert(entry: Entry): readonly (readonly string[])[];
  remove(id: number): readonly (readonly string[])[];
  idsOf(sources: Iterable<string>): Iterable<number>;
  count(term: string, by: number): void;
  /** To be called when all entries are gone. */
  restart(): void;
}

function rowWriter(db: Database): RowWriter {
  const insertEntry = db.prepare('INSERT INTO entries (id, source, shown, terms) VALUES (?, ?, ?, ?)');
  const insertWords = db.prepare(
    `INSERT INTO words (rowid, ${fields.join(', ')}) VALUES (?${', ?'.repeat(fields.length)})`,
  );
  const removeEntry = db.prepare<[number], string>('DELETE FROM entries WHERE id = ? RETURNING terms').pluck();
  const removeWords = db.prepare('DELETE FROM words WHERE rowid = ?');
  const idsOf = db.prepare<[string], number>('SELECT id FROM entries WHERE source = ?').pluck();
  const countTerm = db.prepare<[string, number], { id: number; entries: number }>(
    `INSERT INTO terms (term, entries) VALUES (?, ?)
     ON CONFLICT (term) DO UPDATE SET entries = entries + excluded.entries RETURNING id, entries`,
  );
  const insertParts = db.prepare('INSERT INTO parts (rowid, term) VALUES (?, ?)');
  const removeParts = db.prepare('DELETE FROM parts WHERE rowid = ?');
  const removeTerm = db.prepare('DELETE FROM terms WHERE id = ?');
  const nextId = idCounter(db);
  return {
    restart: nextId.restart,
    *idsOf(sources) {
      for (const source of sources) yield* idsOf.all(source);
    },
    insert({ source, shown, texts }) {
      const id = nextId.of(shown.kind);
      const terms = fields.map((field) => termsOf(texts[field] ?? ''));
      const lines = terms.map((each) => each.join(' '));
      insertEntry.run(id, source, JSON.stringify(shown), termLines(lines));
      insertWords.run(id, ...lines);
      return terms;
    },
    remove(id) {
      const lines = removeEntry.get(id) ?? '';
      removeWords.run(id);
      return lines.split('\n').map((line) => line.split(' ').filter(Boolean));
    },
    count(term, by) {
      const row = countTerm.get(term, by);
      if (row === undefined) return;
      if (row.entries === by && by > 0) insertParts.run(row.id, term);
      if (row.entries > 0) return;
      removeTerm.run(row.id);
      removeParts.run(row.id);
    },
  };
}

/** The terms of an entry as they are kept beside it: a line for each field, each term between spaces. */
function termLines(lines: readonly string[]): string {
  return lines.map((line) => ` ${line} `).join('\n');
}

function idCounter(db: Database): { of(kind: EntryKind): number; restart(): void } {
  const last = db.prepare<[number, number], number | null>('SELECT max(id) FROM entries WHERE id BETWEEN ? AND ?');
  const next = new Map<EntryKind, number>();
  return {
    of(kind) {
      const { first, last: end } = idRange(kind);
      const id = next.get(kind) ?? (last.pluck().get(first, end) ?? first - 1) + 1;
      next.set(kind, id + 1);
      return id;
    },
    restart: () => {
      for (const kind of entryKinds) next.delete(kind);
    },
  };
}
