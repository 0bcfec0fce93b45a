import { basename, extname, join } from 'node:path';
import type { Problem } from '../core/errors.ts';
import type { SmokeScript } from '../generated/config.ts';
import type { LoadedScript } from './app.ts';
import { checkPart } from './definitions.ts';
import type { Report } from './draft.ts';
import type { Part } from './finding.ts';
import { otherKind } from './other-kind.ts';
import { names, resolveFile } from './paths.ts';
import type { Reader } from './reader.ts';
import { quote } from './words.ts';

export interface FolderRead {
  readonly parts: readonly Part[];
  readonly problems: readonly Problem[];
}

/**
 * Reads and checks every YAML file of a folder; none when there is no such folder.
 * @param boundary real path of a folder that no file may lie outside of
 */
export function readScripts(folder: string, boundary: string, reader: Reader, report: Report): FolderRead {
  const parts: Part[] = [];
  const problems: Problem[] = [];
  for (const name of names(folder).filter((each) => /\.ya?ml$/.test(each))) {
    const resolved = resolveFile(name, folder, boundary);
    if ('path' in resolved) {
      const part = readScript(resolved.path, reader, report);
      if (part) parts.push(part);
    } else {
      const place = { file: join(folder, name), line: 1, column: 1, endColumn: 1, source: '' };
      problems.push({ ...resolved, severity: 'error', pointer: '', place });
    }
  }
  return { parts, problems };
}

/** Reads and checks one script; nothing where the file is something else. @param file absolute path of a regular file */
export function readScript(file: string, reader: Reader, report: Report): Part | undefined {
  const source = reader.yaml(file);
  if (source === undefined) return undefined;
  const part: Part = { source, base: [], subject: `smoke script ${quote(scriptName(file))}`, value: source.value };
  const other = otherKind(part.value, basename(file), 'smoke script');
  if (other) {
    report({ ...part, subject: quote(basename(file)) }, other);
    return undefined;
  }
  checkPart('smoke', part, report);
  return part;
}

/** The script in a part that was checked and has no errors. */
export function scriptOf(part: Part): LoadedScript {
  const { file } = part.source;
  return { name: scriptName(file), file, script: part.value as unknown as SmokeScript };
}

function scriptName(file: string): string {
  return basename(file, extname(file));
}
