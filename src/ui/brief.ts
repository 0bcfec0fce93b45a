import { dollars } from '../core/amounts.ts';
import { isObject, type Json, type JsonObject } from '../core/json.ts';

/** Milliseconds in a word: `0.1s`, `12s`, `2m 05s`. */
export function duration(ms: number): string {
  if (ms < 9950) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  return `${Math.floor(seconds / 60)}m ${`${seconds % 60}`.padStart(2, '0')}s`;
}

/** What something cost: `$0.15`; `$?` where that is unknown. */
export function moneyText(cost: number | null): string {
  return cost === null ? '$?' : dollars(cost);
}

/** A number in few characters: `812`, `31.2k`, `1.4M`. */
export function short(count: number): string {
  if (count < 1000) return `${count}`;
  return count < 999_950 ? `${(count / 1000).toFixed(1)}k` : `${(count / 1_000_000).toFixed(1)}M`;
}

/** Arguments of a call in one line. A single text stands for itself. */
export function briefArgs(args: JsonObject): string {
  const entries = Object.entries(args);
  const [first] = entries;
  if (entries.length === 1 && first && typeof first[1] === 'string') return first[1];
  return entries.map(([name, value]) => `${name}=${briefValue(value)}`).join(' ');
}

/** What a tool answered, in a few words. Nothing for what says nothing in short. */
export function briefResult(result: Json | undefined): string {
  if (Array.isArray(result)) return counted(result.length, 'item');
  if (!isObject(result)) return typeof result === 'string' ? result : '';
  const rows = Array.isArray(result.rows) ? result.rows.length : result.rowCount;
  if (typeof rows === 'number') return counted(rows, 'row');
  if (typeof result.summary === 'string') return result.summary;
  if (typeof result.status === 'string') return result.status;
  const lists = Object.entries(result).filter((entry): entry is [string, Json[]] => Array.isArray(entry[1]));
  const [list] = lists;
  if (!list || lists.length !== 1) return '';
  return `${list[1].length} ${list[1].length === 1 ? single(list[0]) : list[0]}`;
}

export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

/** The name of a list, for the only one in it: `paths`, `path`. */
function single(name: string): string {
  if (name.endsWith('ies')) return name.replace(/ies$/, 'y');
  return /(?:ch|sh|ss|x)es$/.test(name) ? name.slice(0, -2) : name.replace(/([^s])s$/, '$1');
}

function briefValue(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
