import { visible } from '../../core/text.ts';
import type { ColumnDetails, TableDetails } from '../catalog-port.ts';
import { cut, pad, safeLine, widthOf, wrap } from '../lines.ts';
import type { Look } from '../paint.ts';

/** What a table is, in a line or more. */
export function tableHead(details: TableDetails, { theme, width }: Look): string[] {
  const { name, kind, rows, profiled, problem, description } = details;
  const facts = [kind, rows, profiled].filter((text) => text !== '').join(' · ');
  return [
    ` ${theme.bold(safeLine(name, width - 1))}  ${theme.dim(safeLine(facts, Math.max(0, width - widthOf(name) - 4)))}`,
    ...(problem === undefined
      ? []
      : wrap(visible(`it cannot be read: ${problem}`), width - 1).map((line) => ` ${theme.red(line)}`)),
    ...(description === '' ? [] : wrap(visible(description), width - 1).map((line) => ` ${line}`)),
  ];
}

/** Columns below each other: name, type, what holds for it, what its values are like. */
export function columnLines(columns: readonly ColumnDetails[], selected: number | undefined, look: Look): string[] {
  const { theme, width, plain } = look;
  const widest = (of: (column: ColumnDetails) => string) =>
    Math.max(0, ...columns.map((each) => widthOf(safeLine(of(each), width))));
  const name = Math.min(
    widest((column) => column.name),
    Math.max(10, Math.floor(width * 0.35)),
  );
  const type = Math.min(
    widest((column) => column.type),
    12,
  );
  const marks =
    width < 60
      ? 3
      : Math.min(
          widest((column) => column.marks),
          14,
        );
  return columns.map((column, at) => {
    const here = at === selected && !plain;
    const holds = width < 60 ? (column.marks.startsWith('key') ? 'key' : '') : column.marks;
    const title = `${here ? '❯' : ' '} ${pad(safeLine(column.name, name), name)}`;
    const rest = `  ${pad(safeLine(column.type, type), type)}  ${pad(safeLine(holds, marks), marks)}`;
    const figures = column.figures === '' ? column.description : column.figures;
    return cut(`${here ? theme.cyan(title) : title}${rest}  ${theme.dim(safeLine(figures, width))}`, width);
  });
}

/** Everything of one column, wrapped. */
export function columnText(
  { name, type, marks, description, figures }: ColumnDetails,
  { theme, width }: Look,
): string[] {
  const title = [type, marks].filter((text) => text !== '').join(', ');
  return [
    ` ${theme.bold(safeLine(name, width - 20))}  ${theme.dim(safeLine(title, 24))}`,
    ...[description, figures]
      .filter((text) => text !== '')
      .flatMap((text) => wrap(visible(text), width - 2).map((line) => ` ${line}`)),
  ];
}

/** All of a table below each other, to be read aloud. */
export function tablePlainLines(details: TableDetails, look: Look): string[] {
  return [
    ...tableHead(details, look),
    ...details.columns.flatMap((column) => columnText(column, look)),
    ...details.joins.map((join) => cut(` key ${safeLine(join, look.width)}`, look.width)),
    ...details.notes.flatMap(({ title, text }) => wrap(visible(` ${title}: ${text}`), look.width)),
  ];
}
