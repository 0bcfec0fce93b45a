import t from 'tap';
import { formatProblem, sortProblems } from '../../src/config/frame.ts';
import type { Place, Problem } from '../../src/core/errors.ts';

const cwd = '/home/user/project';

function problem(place: Partial<Place> | undefined, more: Partial<Problem> = {}): Problem {
  const whole = { file: `${cwd}/apps/demo/app.yaml`, line: 4, column: 1, endColumn: 6, source: 'promt: |', ...place };
  const base = { code: 'unknown-key', severity: 'error', message: 'unknown key "promt"', pointer: '' } as const;
  return { ...base, ...(place && { place: whole }), ...more };
}

function plain(place: Partial<Place> | undefined, more: Partial<Problem> = {}): string[] {
  return formatProblem(problem(place, more), { cwd, colour: false }).split('\n');
}

/** The carets and what they point at. */
function under(source: string, marked: string): string[] {
  const column = source.indexOf(marked) + 1;
  return plain({ source, column, endColumn: column + marked.length }).slice(2);
}

t.test('the form of a compiler', async (t) => {
  t.strictSame(plain({}, { hint: 'did you mean "prompt"?' }), [
    'error unknown-key: unknown key "promt"',
    '  apps/demo/app.yaml:4:1',
    '  4 | promt: |',
    '    | ^^^^^ did you mean "prompt"?',
  ]);
  t.strictSame(plain({ line: 120 }, { severity: 'warning' }), [
    'warning unknown-key: unknown key "promt"',
    '  apps/demo/app.yaml:120:1',
    '  120 | promt: |',
    '      | ^^^^^',
  ]);
  t.strictSame(plain(undefined, { hint: 'update Harness' }), [
    'error unknown-key: unknown key "promt"',
    '  update Harness',
  ]);
  t.strictSame(plain({ source: '' }), ['error unknown-key: unknown key "promt"', '  apps/demo/app.yaml:4:1']);
  t.equal(plain({ file: '/elsewhere/app.yaml' })[1], '  /elsewhere/app.yaml:4:1');
  t.equal(plain({ file: '/home/user/evals/a.yaml' })[1], '  ../evals/a.yaml:4:1');
});

t.test('colours', async (t) => {
  const text = formatProblem(problem({}), { cwd, colour: true });
  t.match(text, '\u001B[31merror unknown-key\u001B[0m');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
  t.equal(text.replace(/\u001B\[\d+m/g, ''), plain({}).join('\n'), 'change nothing else');
});

t.test('carets line up', async (t) => {
  t.strictSame(under('\ta:\tbad', 'bad'), ['  4 |     a:    bad', '    |           ^^^']);
  t.strictSame(under('名前: bad', 'bad'), ['  4 | 名前: bad', '    |       ^^^']);
  t.strictSame(under('🍕 bad', 'bad'), ['  4 | 🍕 bad', '    |    ^^^']);
  t.strictSame(under('e\u0301e\u0301: bad', 'bad'), ['  4 | e\u0301e\u0301: bad', '    |     ^^^']);
  t.strictSame(
    plain({ source: 'a', column: 2, endColumn: 3 }).slice(2),
    ['  4 | a', '    |  ^'],
    'after the end of the line',
  );
});

t.test('long lines are cut around the problem', async (t) => {
  for (const before of [0, 20, 500, 5000]) {
    const [source = '', carets = ''] = under(`${'x'.repeat(before)}!bad!${'y'.repeat(5000)}`, '!bad!');
    t.ok(source.length < 120, `${before} characters before`);
    const at = carets.indexOf('^');
    t.equal(source.slice(at, at + 5), '!bad!');
    t.match(carets, /^ +\| +\^{5}$/);
  }
  const [, carets = ''] = under(`a: ${'z'.repeat(5000)}`, 'z'.repeat(5000));
  t.ok(carets.length < 120, 'and so are carets');
});

t.test('nothing in a file or a name can steer the terminal', async (t) => {
  const evil = '\u001B[2J\u0007\u009B31m\u202Eabc\r\n';
  const text = formatProblem(
    problem({ source: `a: ${evil}`, file: `${cwd}/${evil}.yaml` }, { message: `unknown ${evil}`, hint: evil }),
    { cwd, colour: false },
  );
  t.equal(text.split('\n').length, 4);
  t.notMatch(text.replaceAll('\n', ''), /[\p{Cc}\u202A-\u202E\u2066-\u2069]/u);
});

t.test('problems are sorted by place', async (t) => {
  const at = (file: string, line: number, column: number, severity: Problem['severity'] = 'error') =>
    problem({ file, line, column }, { severity, message: `${file}:${line}:${column} ${severity}` });
  const sorted = [
    problem(undefined),
    at('/a', 2, 1),
    at('/a', 10, 1),
    at('/a', 10, 2, 'error'),
    at('/a', 10, 2, 'warning'),
    at('/b', 1, 1),
  ];
  t.strictSame(sortProblems(sorted.toReversed()), sorted);
});
