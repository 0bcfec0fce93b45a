/** Streamed text of which a part is settled: it can be drawn once and for all, whatever comes after it. */
export interface Stream {
  /** What is not settled yet. */
  readonly rest: string;
  /** Characters that were settled before. */
  readonly settled: number;
  /** The line that opened the code block in which `rest` begins. */
  readonly fence: string | undefined;
  /** `rest` goes on with the list or the code that the last piece ended in. */
  readonly within: boolean;
}

/** Markdown that stands on its own. */
export interface Piece {
  readonly text: string;
  /** It goes on with the list or the code of the piece before it. */
  readonly within: boolean;
}

export const blankStream: Stream = { rest: '', settled: 0, fence: undefined, within: false };

/** So many lines of a list or of code are enough for a piece of their own. */
const enough = 12;

/** Takes the pieces of markdown that are settled off the beginning of a stream. */
export function settle(stream: Stream): { readonly pieces: readonly Piece[]; readonly stream: Stream } {
  const lines = stream.rest.split('\n');
  const tail = lines.pop() ?? '';
  const { fence, within } = stream;
  const cutter = { pieces: [] as Piece[], fence, opened: fence, within, from: 0 };
  for (const [at, line] of lines.entries()) {
    const next = lines[at + 1] ?? (tail === '' ? undefined : tail);
    if (!cutAfter(cutter, line, next, at - cutter.from + 1)) continue;
    const taken = lines.slice(cutter.from, at + 1);
    cutter.pieces.push({ text: piece(taken, cutter.opened, cutter.fence), within: cutter.within });
    cutter.opened = cutter.fence;
    cutter.within = cutter.fence !== undefined || endsInList(taken);
    cutter.from = at + 1;
  }
  const taken = lines.slice(0, cutter.from).reduce((sum, line) => sum + line.length + 1, 0);
  return {
    pieces: cutter.pieces.filter(({ text }) => text.trim() !== ''),
    stream: {
      rest: stream.rest.slice(taken),
      settled: stream.settled + taken,
      fence: cutter.opened,
      within: cutter.within,
    },
  };
}

/** The rest of a stream as a piece that stands on its own. */
export function restOf({ rest, fence }: Stream): string {
  return fence === undefined || rest === '' ? rest : `${fence}\n${rest}`;
}

/** Whether a piece ends with `line`. Keeps track of code blocks. */
function cutAfter(
  state: { fence: string | undefined },
  line: string,
  next: string | undefined,
  length: number,
): boolean {
  const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
  if (state.fence !== undefined) {
    if (mark !== undefined && line.trim() === mark && mark.startsWith(fenceMark(state.fence))) {
      state.fence = undefined;
      return true;
    }
    return length >= enough;
  }
  if (mark !== undefined) {
    state.fence = line.trim();
    return false;
  }
  if (next === undefined) return false;
  if (line.trim() === '') return /^\S/.test(next);
  return length >= enough && listItem.test(next);
}

const listItem = /^(?:[-*+]|\d+[.)]) /;

/** Whether a piece was cut in the middle of a list: one that is over ends in an empty line. */
function endsInList(lines: readonly string[]): boolean {
  return lines.at(-1)?.trim() !== '' && listItem.test(lines.findLast((line) => /^\S/.test(line)) ?? '');
}

function fenceMark(fence: string): string {
  return /^(?:`+|~+)/.exec(fence)?.[0] ?? '```';
}

function piece(lines: readonly string[], opened: string | undefined, open: string | undefined): string {
  const text = lines.join('\n');
  const start = opened === undefined ? '' : `${opened}\n`;
  const end = open === undefined ? '' : `\n${fenceMark(open)}`;
  return `${start}${text}${end}`;
}
