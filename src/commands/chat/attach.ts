import { closeSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, sep } from 'node:path';
import type { App } from '../../config/app.ts';
import { type Attachment, mentionedIn, withAttachments } from '../../ui/attachments.ts';
import type { Attached, Mention } from '../../ui/controller.ts';

/** So much of one file goes along, and of all together. Bytes. */
const mostOfFile = 100_000;
const mostOfAll = 300_000;

/**
 * A prompt with the files that it mentions. A name of something else, or of nothing, stays what it is.
 * @param others what else can be mentioned: an agent, a table or a plan goes before a file of the same name
 */
export function attach(app: App, prompt: string, others: () => readonly Mention[]): Attached {
  const words = mentionedIn(prompt);
  if (words.length === 0) return { prompt, problems: [] };
  const taken = new Set(others().flatMap(({ name, what }) => (what === 'file' ? [] : [name])));
  const files: Attachment[] = [];
  const problems: string[] = [];
  let left = mostOfAll;
  for (const word of words) {
    const names = [...new Set([word, word.replace(punctuation, '')])];
    const found = names.some((name) => taken.has(name)) ? undefined : findFile(app, names);
    if (found === undefined) continue;
    const read = 'problem' in found ? found : readBounded(found.path, found.name, Math.min(left, mostOfFile));
    if ('problem' in read) problems.push(`@${word}: ${read.problem}`);
    else {
      files.push(read.file);
      left -= Buffer.byteLength(read.file.text);
    }
  }
  return { prompt: withAttachments(prompt, files), problems };
}

/** Behind a name it belongs to the sentence. */
const punctuation = /[.,;:!?)\]}"']+$/;

type Found = { readonly path: string; readonly name: string } | { readonly problem: string };

/** A file of the app, else of its project. */
function findFile(app: App, names: readonly string[]): Found | undefined {
  for (const name of names) {
    for (const folder of [app.dir, app.root]) {
      const found = name === '' ? undefined : fileIn(app.root, join(folder, name), name);
      if (found) return found;
    }
  }
  return undefined;
}

/** Links are followed, and what they lead to has to be in the project too. */
function fileIn(root: string, path: string, name: string): Found | undefined {
  try {
    const real = realpathSync(path);
    if (!statSync(real).isFile()) return undefined;
    const inside = relative(realpathSync(root), real);
    if (isAbsolute(name) || isAbsolute(inside) || inside.split(sep)[0] === '..') {
      return { problem: 'the file is outside the project' };
    }
    const hidden = inside.split(sep).some((part) => part.startsWith('.'));
    return hidden ? { problem: 'hidden files are not sent' } : { path: real, name };
  } catch {
    // There is no such file: the word means something else.
    return undefined;
  }
}

function readBounded(
  path: string,
  name: string,
  most: number,
): { readonly file: Attachment } | { readonly problem: string } {
  if (most <= 0) return { problem: `the files together are larger than ${sizeOf(mostOfAll)}` };
  const buffer = Buffer.alloc(most + 1);
  let length = 0;
  let whole = 0;
  try {
    const file = openSync(path, 'r');
    try {
      whole = statSync(path).size;
      length = readSync(file, buffer, 0, most + 1, 0);
    } finally {
      closeSync(file);
    }
  } catch (thrown) {
    return { problem: thrown instanceof Error ? thrown.message : String(thrown) };
  }
  const cut = length > most;
  const text = textOf(buffer.subarray(0, Math.min(length, most)), cut);
  if (text === undefined) return { problem: 'the file is no UTF-8 text' };
  const size = cut ? `the first ${sizeOf(Buffer.byteLength(text))} of ${sizeOf(whole)}` : sizeOf(length);
  return { file: { name, text, size } };
}

/** @param cut its end was cut off: it ends with a whole line then, where there is one */
function textOf(bytes: Buffer, cut: boolean): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes, { stream: cut });
    return cut && text.includes('\n') ? text.slice(0, text.lastIndexOf('\n') + 1) : text;
  } catch {
    return undefined;
  }
}

function sizeOf(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 999_950 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
