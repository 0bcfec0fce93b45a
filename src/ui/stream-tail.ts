/** So much of the end of what streams is looked at: more cannot be seen. */
const most = 6000;

/** So many characters later the end begins elsewhere: what is seen of one long line stays where it is meanwhile. */
const step = 1000;

/** The end of markdown that streams, cut at a line, so that it stays markdown: rows of a table keep their head. */
export function tailOf(text: string): string {
  if (text.length <= most) return text;
  const start = text.length - most;
  const line = text.indexOf('\n', start);
  // One line that is longer than what can be seen.
  if (line === -1) return text.slice(Math.ceil(start / step) * step);
  return tableHead(text) + text.slice(line + 1);
}

/** The titles of the table that a text begins with, and the line below them. */
function tableHead(text: string): string {
  return /^[^\n]*\|[^\n]*\n[ :|-]*-[ :|-]*\n/.exec(text)?.[0] ?? '';
}
