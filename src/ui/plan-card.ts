import type { Json, JsonObject } from '../core/json.ts';
import { actionsOf } from '../core/plan.ts';
import { beginning, visibleLine } from '../core/text.ts';
import type { Difference, PlanVersion } from './items.ts';
import { cut, pad, safeLine, widthOf, wrap } from './lines.ts';
import type { Look } from './paint.ts';

/** More differences than these are counted, not shown. */
const mostDifferences = 12;

export function differenceLines(
  found: readonly Difference[],
  { width, theme, plain }: Look,
  most = mostDifferences,
): string[] {
  const lines = found
    .slice(0, most)
    .flatMap(({ path, before, after }) => [
      safeLine(path, width),
      ...(before === undefined ? [] : [theme.red(`  ${plain ? 'was' : '-'} ${safeLine(inWords(before), width - 6)}`)]),
      ...(after === undefined ? [] : [theme.green(`  ${plain ? 'is' : '+'} ${safeLine(inWords(after), width - 5)}`)]),
    ]);
  const more = found.length - most;
  return more > 0 ? [...lines, theme.dim(`… ${more} more${plain ? '' : ': d'}`)] : lines;
}

/** A plan's members beside its actions, one a line, then its actions as a table. */
export function planLines({ body }: PlanVersion, look: Look, most = 50): string[] {
  const heads = memberLines(
    Object.entries(body).filter(([name]) => name !== 'actions'),
    look,
  );
  return [...heads, ...(heads.length > 0 ? [''] : []), ...actionTable(body, look, most)];
}

/** The payload of one action, a member a line. */
export function actionLines(action: JsonObject, look: Look): string[] {
  return memberLines(
    Object.entries(action).filter(([name]) => name !== 'kind'),
    look,
  );
}

function memberLines(members: readonly (readonly [string, Json])[], { width, theme }: Look): string[] {
  const name = Math.min(16, Math.max(0, ...members.map(([member]) => widthOf(member))));
  return members.flatMap(([member, value]) =>
    wrap(valueText(value), width - name - 2).map((line, at) => {
      const label = at === 0 ? theme.dim(pad(safeLine(member, name), name)) : ' '.repeat(name);
      return `${label}  ${line}`;
    }),
  );
}

/** No column of a payload is wider than this unless it is the last one. */
const widestColumn = 24;

function actionTable(body: JsonObject, look: Look, most: number): string[] {
  const { width, theme } = look;
  const actions = actionsOf(body);
  const shown = actions.slice(0, most);
  const kind = Math.min(widestColumn, Math.max(6, ...shown.map((action) => widthOf(action.kind))));
  const number = `${shown.length}`.length;
  const room = width - number - kind - 4;
  const rows = shown.flatMap((action, at) => {
    const payload = Object.entries(action).filter(([member]) => member !== 'kind');
    const head = `${theme.dim(`${at + 1}`.padStart(number))}  ${theme.bold(pad(safeLine(action.kind, kind), kind))}`;
    if (room < 16) return [head, ...payloadLines(payload, width - 4, look).map((line) => `    ${line}`)];
    const lines = payloadLines(payload, room, look);
    return lines.map((line, row) => `${row === 0 ? head : ' '.repeat(number + kind + 2)}  ${line}`);
  });
  const title = theme.dim(cut(`${' '.repeat(number - 1)}#  ${pad('action', kind)}  arguments`, width));
  const more = actions.length - shown.length;
  return [title, ...rows, ...(more > 0 ? [theme.dim(`… ${more} more`)] : [])];
}

/** Members of an action beside each other, in as many lines as they need: what is approved is shown. */
function payloadLines(payload: readonly (readonly [string, Json])[], room: number, look: Look): string[] {
  const lines: string[] = [];
  let line = '';
  for (const [name, value] of payload) {
    const part = `${look.theme.dim(safeLine(name, room))} ${valueText(value)}`;
    if (line !== '' && widthOf(line) + 3 + widthOf(part) <= room) line = `${line}   ${part}`;
    else {
      if (line !== '') lines.push(...wrap(line, room));
      line = part;
    }
  }
  return [...lines, ...wrap(line, room)];
}

/** Longer values are cut, and say so. */
const longestValue = 600;

function valueText(value: Json): string {
  const text = visibleLine(inWords(value));
  const more = text.length - longestValue;
  return more > 0 ? `${beginning(text, longestValue)}… (${more} more characters: ctrl+o)` : text;
}

function inWords(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
