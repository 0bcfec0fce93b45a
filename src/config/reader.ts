import type { Problem } from '../core/errors.ts';
import { type Read, readSource, readText, type Source } from './source.ts';

/** Reads each file once, and keeps what is wrong with it. */
export interface Reader {
  /** @param file absolute path. Undefined when it could not be read; the problems are kept. */
  yaml(file: string): Source | undefined;
  text(file: string): string | undefined;
  /** The text of a file with rows, which may be much larger than others. */
  table(file: string): string | undefined;
  /** The files that were read so far, or could not be. Absolute paths. */
  files(): readonly string[];
  /** What is wrong with the files read so far. */
  problems(): readonly Problem[];
}

/** Largest file with rows that is read, in bytes. */
const maxTableBytes = 10 * 1024 * 1024;

export function createReader(): Reader {
  const problems: Problem[] = [];
  const sources = new Map<string, Source | undefined>();
  const texts = new Map<string, string | undefined>();
  const tables = new Map<string, string | undefined>();
  const once = <T>(known: Map<string, T | undefined>, file: string, read: (file: string) => Read<T>): T | undefined => {
    if (known.has(file)) return known.get(file);
    const result = read(file);
    const value = 'ok' in result ? result.ok : undefined;
    if ('problems' in result) problems.push(...result.problems);
    known.set(file, value);
    return value;
  };
  return {
    yaml: (file) => once(sources, file, readSource),
    text: (file) => once(texts, file, readText),
    table: (file) => once(tables, file, (path) => readText(path, maxTableBytes)),
    files: () => [...new Set([...sources.keys(), ...texts.keys(), ...tables.keys()])],
    problems: () => problems,
  };
}
