/** A file whose text goes along with a prompt. */
export interface Attachment {
  /** As the prompt mentions it. */
  readonly name: string;
  /** What is sent of it. */
  readonly text: string;
  /** In words: `1.2 kB`, `the first 100 kB of 3.4 MB`. */
  readonly size: string;
}

/** Words behind an `@`, once each, in order. A mark of punctuation behind one may belong to the sentence. */
export function mentionedIn(prompt: string): readonly string[] {
  const found = [...prompt.matchAll(/(?<![^\s(["'])@([^\s]+)/g)].map(([, word = '']) => word);
  return [...new Set(found)];
}

/** What is sent: the prompt, and below it each file in a fence that its text does not close. */
export function withAttachments(prompt: string, files: readonly Attachment[]): string {
  const sections = files.map(({ name, text, size }) => {
    const fence = '`'.repeat(
      Math.max(3, ...[...text.matchAll(/^ {0,3}(`{3,})/gm)].map(([, run = '']) => run.length + 1)),
    );
    return `Content of @${name} (${size}):\n${fence}\n${text.replace(/\n$/, '')}\n${fence}`;
  });
  return [prompt, ...sections].join('\n\n');
}

/** The parts of a prompt that was sent: what the person wrote, and the files that went along. */
export function splitPrompt(sent: string): {
  readonly written: string;
  readonly files: readonly Pick<Attachment, 'name' | 'size'>[];
} {
  const files: Pick<Attachment, 'name' | 'size'>[] = [];
  const head = /\n\nContent of @(\S+) \(([^()\n]*)\):\n(`{3,})\n/g;
  let written = sent;
  for (let found = head.exec(sent); found; found = head.exec(sent)) {
    const [, name = '', size = '', fence = ''] = found;
    if (files.length === 0) written = sent.slice(0, found.index);
    files.push({ name, size });
    // What looks like a head within a file is none.
    const end = sent.indexOf(`\n${fence}`, head.lastIndex - 1);
    if (end === -1) break;
    head.lastIndex = end;
  }
  return { written, files };
}
