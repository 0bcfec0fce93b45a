import type { CheckResult, DiffEntry } from './report.ts';

type Path = CheckResult['path'];

/** A check that found nothing wrong. */
export function passed(name: string, path: Path): CheckResult {
  return { name, path, pass: true, message: '', diff: [] };
}

/** A check that did. `message` is one sentence without a full stop. */
export function failed(name: string, path: Path, message: string, diff: readonly DiffEntry[] = []): CheckResult {
  return { name, path, pass: false, message, diff };
}

/** `1 call`, `2 calls`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
