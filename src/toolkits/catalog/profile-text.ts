import type { ColumnProfile, RowCount, TableProfile, ValueCount } from '../../core/catalog.ts';
import type { Json, JsonObject } from '../../core/json.ts';

/** `1,200`, `about 1,200` */
export function countText({ count, about }: RowCount): string {
  return `${about ? 'about ' : ''}${count.toLocaleString('en-US')}`;
}

/** What a profile was made from; undefined when that is all rows. */
export function sampleNote({ sampled, looked, rows, rangesOf }: TableProfile): string | undefined {
  if (!sampled) return undefined;
  const ranges = rangesOf === 'all rows' ? '; smallest and largest values are of all rows' : '';
  return `from a sample of ${looked.toLocaleString('en-US')} of ${countText(rows)} rows${ranges}`;
}

/** A column's values in one line: `2 different: retail 60 %, wholesale 40 %; 5 % null`. */
export function columnText(profile: ColumnProfile, looked: number): string {
  const { nulls, distinct, frequent, shapes, min, max, types } = profile;
  const present = looked - nulls;
  if (present === 0) return looked === 0 ? 'no rows' : 'always null';
  const few = valuesInLine(frequent, looked);
  const range = min === undefined || max === undefined ? '' : `${valueText(min)} to ${valueText(max)}`;
  return [
    `${countText(distinct)} different${few.length > 0 ? `: ${few.join(', ')}` : ''}`,
    ...((few.length === 0 || few.at(-1) === more) && range !== '' ? [range] : []),
    ...(shapes.length > 0 ? [`form ${shapes.map(({ value }) => valueText(value)).join(' or ')}`] : []),
    ...(types ? [`stored as ${Object.keys(types).join(', ')}`] : []),
    ...(nulls > 0 ? [`${percent(nulls, looked)} null`] : []),
  ].join('; ');
}

/** The first values, with their shares where one of them comes more than once. */
function valuesInLine(frequent: readonly ValueCount[], looked: number): string[] {
  const alike = frequent.every(({ count }) => count === 1);
  const shownValues = frequent.slice(0, alike ? inLineAlike : inLine).map(({ value, count }) => {
    return alike ? valueText(value) : `${valueText(value)} ${percent(count, looked)}`;
  });
  return frequent.length > shownValues.length ? [...shownValues, more] : shownValues;
}

const more = '…';
const inLine = 6;
const inLineAlike = 3;
const inFull = 10;

/** A column's values in full. */
export function columnFigures(profile: ColumnProfile, looked: number): JsonObject {
  const { column, nulls, distinct, frequent, shapes, averageLength, types, min, max } = profile;
  return {
    column,
    nulls: nulls === 0 ? 0 : `${nulls} (${percent(nulls, looked)})`,
    distinct: distinct.about ? countText(distinct) : distinct.count,
    ...(min !== undefined && max !== undefined && { min, max }),
    ...(averageLength !== undefined && { averageLength }),
    ...(frequent.length > 0 && { frequent: figures(frequent) }),
    ...(frequent.length > inFull && { moreValues: frequent.length - inFull }),
    ...(shapes.length > 0 && { forms: figures(shapes) }),
    ...(types && { types }),
  };
}

/** Values each with how often it came. */
function figures(values: readonly ValueCount[]): Json {
  return values.slice(0, inFull).map(({ value, count }) => [value, count]);
}

function percent(count: number, of: number): string {
  const share = (100 * count) / Math.max(1, of);
  return `${share > 0 && share < 1 ? '< 1' : Math.round(share)} %`;
}

function valueText(value: Json): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > maxText ? `${text.slice(0, maxText - 1)}…` : text;
}

const maxText = 40;
