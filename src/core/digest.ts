import { hash } from 'node:crypto';
import { canonical, type Json } from './json.ts';

/** The first 16 hex digits of the SHA-256 of a value: equal for equal values, whatever the order of their keys. */
export function digestOf(value: Json): string {
  return digestOfBytes(canonical(value));
}

/** The same of the content of a file. */
export function digestOfBytes(content: string | Uint8Array): string {
  return hash('sha256', content, 'hex').slice(0, 16);
}
