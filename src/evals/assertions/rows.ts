import { pairing } from '../../core/args-match.ts';
import type { PatternMaker } from '../../core/condition.ts';
import type { RowChange } from '../../core/row-change.ts';
import type { Judgement } from './assertion.ts';
import { rowsDiff } from './rows-diff.ts';
import { cellOf, type ExpectedRow, expectedRows, sameRow, valueFits } from './rows-expected.ts';

export const rows: Judgement<'rows'> = ({ changes: wanted, others }, { trial: { changes }, tools }) => {
  const expected = expectedRows(wanted);
  const pairs = pairRows(expected, changes, tools.pattern);
  const diff = rowsDiff({ expected, actual: changes, pairs, others, pattern: tools.pattern });
  if (diff.length === 0) return undefined;
  const kinds = ['differs', 'missing', 'unexpected'] as const;
  const counts = kinds.flatMap((kind) => {
    const found = diff.filter((entry) => entry.kind === kind).length;
    return found === 0 ? [] : [`${found} ${kind === 'differs' && found > 1 ? 'differ' : kind}`];
  });
  return { message: `the changed rows differ from what is expected: ${counts.join(', ')}`, diff };
};

/** First the rows that fit wholly, then the rest by table and key: so that what differs is shown against its own row. */
function pairRows(
  expected: readonly ExpectedRow[],
  actual: readonly RowChange[],
  pattern: PatternMaker,
): Map<number, number> {
  const same = (left: number, right: number) => {
    const [wanted, found] = [expected[left], actual[right]];
    return wanted !== undefined && found !== undefined && sameRow(wanted, found, pattern);
  };
  const fits = (left: number, right: number) => {
    const [wanted, found] = [expected[left], actual[right]];
    return wanted !== undefined && found !== undefined && same(left, right) && cellsFit(wanted, found, pattern);
  };
  const pairs = pairing(expected.length, actual.length, fits);
  const taken = new Set(pairs.values());
  const rest = pairing(
    expected.length,
    actual.length,
    (left, right) => !pairs.has(left) && !taken.has(right) && same(left, right),
  );
  return new Map([...pairs, ...rest]);
}

function cellsFit({ cells }: ExpectedRow, found: RowChange, pattern: PatternMaker): boolean {
  return cells.every(({ column, before, after }) => {
    const cell = cellOf(found, column);
    if (cell === undefined) return false;
    const fits = (wanted: typeof before, value: typeof before) =>
      wanted === undefined || valueFits(wanted, value, pattern);
    return fits(before, cell.before) && fits(after, cell.after);
  });
}
