import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { replaceFile } from '../../config/write-file.ts';
import { HarnessError, messageOf } from '../../core/errors.ts';
import { isObject, type Json } from '../../core/json.ts';
import type { Baseline } from '../../evals/baseline.ts';

/**
 * Reads the baseline that `--bless` wrote.
 * @param keys `app/id` of all cases of the chosen apps
 * @throws HarnessError `invalid-files` when it is no baseline, or one of other apps
 */
export function readBaseline(file: string, keys: readonly string[]): Baseline {
  if (!existsSync(file)) {
    throw new HarnessError('invalid-files', `there is no baseline ${file}`, { hint: 'write it: add --bless' });
  }
  const value = parseBaseline(file);
  const apps = appsOf(Object.keys(value.cases));
  const chosen = appsOf(keys);
  if (apps.length > 0 && !apps.some((app) => chosen.includes(app))) {
    throw new HarnessError(
      'invalid-files',
      `${file} is a baseline of ${apps.join(', ')}, not of ${chosen.join(', ')}`,
      {
        hint: 'give the file of this app, or write a new one with --bless',
      },
    );
  }
  return value;
}

/** A baseline of whatever apps. @throws HarnessError `invalid-files` when it is none */
export function parseBaseline(file: string): Baseline {
  const value = parse(file);
  if (isBaseline(value)) return value;
  throw new HarnessError('invalid-files', `${file} is not a baseline of \`harness eval --bless\``);
}

/** What `readBaseline` reads, where there may be none yet. */
export function existingBaseline(file: string, keys: readonly string[]): Baseline | undefined {
  return existsSync(file) ? readBaseline(file, keys) : undefined;
}

export function writeBaseline(file: string, baseline: Baseline): void {
  replaceFile(resolve(file), `${JSON.stringify(baseline, null, 2)}\n`);
}

function parse(file: string): Json {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Json;
  } catch (thrown) {
    throw new HarnessError('invalid-files', `${file} cannot be read as JSON: ${messageOf(thrown)}`);
  }
}

function isBaseline(value: Json): value is Json & Baseline {
  if (!isObject(value) || value.format !== 1 || typeof value.blessedAt !== 'string' || !isObject(value.cases))
    return false;
  return Object.values(value.cases).every(
    (each) =>
      isObject(each) &&
      ['passed', 'failed', 'budget'].includes(String(each.outcome)) &&
      typeof each.passed === 'number' &&
      typeof each.judged === 'number',
  );
}

function appsOf(keys: readonly string[]): string[] {
  return [...new Set(keys.map((key) => key.slice(0, key.indexOf('/'))))].sort();
}
