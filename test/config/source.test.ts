import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { maxBytes, parseSource, placeOf, readSource, readText, type Source } from '../../src/config/source.ts';

/** What is wrong with a text: `line:column code`, and the hint. */
function wrong(text: string): string[] {
  const read = parseSource('/x.yaml', text);
  if ('ok' in read) return [];
  return read.problems.map(({ code, place, hint }) => {
    const where = `${place?.line}:${place?.column}-${place?.endColumn} ${code}`;
    return hint === undefined ? where : `${where} (${hint})`;
  });
}

function parsed(text: string): Source {
  const read = parseSource('/x.yaml', text);
  if ('problems' in read) throw new Error(read.problems.map((problem) => problem.message).join('\n'));
  return read.ok;
}

/** The text that a place underlines. */
function marked(source: Source, path: readonly (string | number)[], at: 'key' | 'value' = 'value'): string {
  const place = placeOf(source, path, at);
  return `${place.line}: ${place.source.slice(place.column - 1, place.endColumn - 1)}`;
}

t.test('reads plain YAML 1.2', async (t) => {
  const source = parsed(
    [
      '%YAML 1.2',
      '---',
      'text: "a b"',
      'yes: no',
      'n: -1.5e3',
      'hex: 0xFF',
      'zero: 0',
      'half: 0.5',
      'nothing: ~',
      'empty:',
      'list: [a, 1, true]',
      '1: one',
      'when: 2001-01-01',
      '"<<": literal',
      'tagged: !!str 5',
      'folded: >-',
      '  a',
      '  b',
    ].join('\n'),
  );
  t.strictSame(source.value, {
    1: 'one',
    text: 'a b',
    yes: 'no',
    n: -1500,
    hex: 255,
    zero: 0,
    half: 0.5,
    nothing: null,
    empty: null,
    list: ['a', 1, true],
    when: '2001-01-01',
    '<<': 'literal',
    tagged: '5',
    folded: 'a b',
  });
  t.equal(marked(source, ['list', 1]), '11: 1');
  t.equal(marked(source, ['empty']), '10: empty', 'an empty value stands at its key');
  t.equal(marked(source, ['list', 7]), '11: [a, 1, true]', 'what is not there stands at its nearest ancestor');
  t.equal(marked(source, ['n'], 'key'), '5: n');
});

t.test('top-level keys that start with x- are the author’s own', async (t) => {
  const source = parsed('x-base: &base { a: 1 }\nb: *base\nc: { x-kept: 1 }\n');
  t.strictSame(source.value, { b: { a: 1 }, c: { 'x-kept': 1 } });
});

t.test('positions are right under aliases and merge keys', async (t) => {
  const source = parsed(
    [
      'x-base: &base', //        1
      '  a: 1', //               2
      '  deep: &deep { k: v }', // 3
      'x-other: &other', //      4
      '  a: 2', //               5
      '  b: 3', //               6
      'plain: *base', //         7
      'merged:', //              8
      '  <<: [*base, *other]', // 9
      '  own: x', //             10
      '  b: 4', //               11
      'alias: *deep', //         12
    ].join('\n'),
  );
  t.strictSame(source.value, {
    plain: { a: 1, deep: { k: 'v' } },
    merged: { own: 'x', b: 4, a: 1, deep: { k: 'v' } },
    alias: { k: 'v' },
  });
  t.equal(marked(source, ['plain'], 'key'), '7: plain');
  t.equal(marked(source, ['plain']), '7: *base', 'an alias itself stands where it is used');
  t.equal(marked(source, ['plain', 'a']), '2: 1', 'what is in it stands where it is written');
  t.equal(marked(source, ['merged', 'a'], 'key'), '2: a', 'of two objects that are taken over the first counts');
  t.equal(marked(source, ['merged', 'b']), '11: 4', 'an own key goes before one that is taken over');
  t.equal(marked(source, ['merged', 'deep', 'k']), '3: v');
  t.equal(marked(source, ['alias', 'k'], 'key'), '3: k');
});

t.test('an alias stands for the anchor before it, also inside another alias', async (t) => {
  const source = parsed('a: &x 1\nb: &m { k: *x }\nc: &x 2\nd: *m\ne: *x\n');
  t.strictSame(source.value, { a: 1, b: { k: 1 }, c: 2, d: { k: 1 }, e: 2 });
});

t.test('aliases of one object give objects of their own', async (t) => {
  const value = parsed('a: &a { k: [1] }\nb: *a\n').value as { a: { k: unknown }; b: { k: unknown } };
  t.not(value.a, value.b);
  t.not(value.a.k, value.b.k);
});

t.test('line ends and byte order marks do not shift positions', async (t) => {
  const crlf = parsed('a: 1\r\nb: two\r\n');
  t.equal(marked(crlf, ['b']), '2: two');
  t.equal(placeOf(crlf, ['a'], 'key').source, 'a: 1');
  const file = join(t.testdir({}), 'bom.yaml');
  writeFileSync(file, '\uFEFFa: 1\n');
  const read = readSource(file);
  t.match(read, { ok: { value: { a: 1 } } });
  if ('ok' in read) t.equal(placeOf(read.ok, ['a'], 'key').column, 1);
});

t.test('what is refused, each with one problem', async (t) => {
  const cases: Record<string, [string, string]> = {
    'tab as indentation': ['a:\n\tb: 1', '2:1-2 yaml-syntax (indent with spaces)'],
    'colon in text': ['a: b: c', '1:4-5 yaml-syntax (put text that contains ": " in quotes)'],
    'forgotten colon': ['prompt |\n  x\nb: 1', '1:1-9 yaml-syntax (a key ends with a colon on its own line)'],
    'open bracket': ['a: [1, 2\nb: 3', '2:1-2 yaml-syntax'],
    'open quote': ['a: 1\nb: "x\nc: 1\n', '2:4-5 yaml-syntax'],
    'reserved character': ['a: @x', '1:4-5 yaml-syntax (put it in quotes)'],
    'two anchors': ['a: &x &y 1', '1:7-9 yaml-syntax'],
    'YAML 1.1': ['%YAML 1.1\n---\na: yes', '1:1-10 yaml-version (leave the line out; files are read as YAML 1.2)'],
    'YAML 2.0': ['%YAML 2.0\n---\na: yes', '1:1-10 yaml-version (leave the line out; files are read as YAML 1.2)'],
    'other directive': ['%TAG ! x:\n---\na: 1', '1:1-10 yaml-syntax (leave the line out)'],
    'two documents': ['a: 1\n---\nb: 2', '2:1-4 several-documents'],
    'nothing at all': ['', '1:1-2 empty-file'],
    'only line ends': ['\n\n', '1:1-2 empty-file'],
    'only comments': ['# a\n\n# b\n', '1:1-2 empty-file'],
    'only a marker': ['---\n', '1:1-2 empty-file'],
    'unknown tag': ['a: !foo 1', '1:4-8 unknown-tag (use plain values; quote text that looks like a number or a date)'],
    'timestamp tag': [
      'a: !!timestamp 2001-01-01',
      '1:4-15 unknown-tag (use plain values; quote text that looks like a number or a date)',
    ],
    'tag that does not fit': [
      'a: !!int "x"',
      '1:4-9 unknown-tag (use plain values; quote text that looks like a number or a date)',
    ],
    infinity: ['a: .inf', '1:4-8 bad-number (put text in quotes)'],
    'not a number': ['a: [1, .NaN]', '1:8-12 bad-number (put text in quotes)'],
    'infinite exponent': ['a: 1e400', '1:4-9 bad-number (put text in quotes)'],
    'inexact integer': ['a: 9007199254740993', '1:4-20 bad-number (put text in quotes)'],
    'inexact hexadecimal': ['a: 0xFFFFFFFFFFFFFFFF', '1:4-22 bad-number (put text in quotes)'],
    'leading zero': ['a: 0123', '1:4-8 bad-number (put text in quotes)'],
    'leading zero of a fraction': ['a: 00.5', '1:4-8 bad-number (put text in quotes)'],
    template: ['a: {{x}}', '1:5-8 bad-key (put text that starts with "{{" in quotes)'],
    'template and text': ['a: {{x}} y', '1:10-11 yaml-syntax (put text that starts with "{{" in quotes)'],
    'list as key': ['? [a]\n: b', '1:3-6 bad-key'],
    'alias as key': ['a: &x b\n*x : c', '2:1-3 bad-key'],
    'no key': [': b', '1:1-2 bad-key'],
    'duplicate key': ['a: 1\nb: 2\na: 3', '3:1-2 duplicate-key'],
    'duplicate number': ['1: a\n"1": b', '2:1-4 duplicate-key'],
    'duplicate merge': ['<<: {a: 1}\n<<: {b: 1}', '2:1-3 duplicate-key'],
    'prototype key': ['a: {__proto__: {x: 1}}', '1:5-14 reserved-key'],
    'quoted prototype key': ['"__proto__": 1', '1:1-12 reserved-key'],
    'unknown anchor': ['a: &base 1\nb: *bsae', '2:4-9 unknown-anchor (did you mean "base"?)'],
    'anchor after its alias': ['a: *x\nb: &x 1', '1:4-6 unknown-anchor'],
    'alias of itself': ['a: &x [1, *x]', '1:11-13 cyclic-alias'],
    'merge of itself': ['a: &x\n  <<: *x', '2:7-9 cyclic-alias'],
    'merge of a text': ['a: &x text\n<<: *x', '2:5-7 bad-merge'],
    'merge of a list of texts': ['<<: [{a: 1}, b]', '1:14-15 bad-merge'],
  };
  for (const [name, [text, expected]] of Object.entries(cases)) t.strictSame(wrong(text), [expected], name);
  t.equal(({} as Record<string, unknown>).x, undefined, 'nothing got into the prototype of objects');
});

t.test('all flaws of one kind of a file are reported', async (t) => {
  t.strictSame(wrong('a: 01\nb: .inf\nc: 1\nc: 2'), [
    '1:4-6 bad-number (put text in quotes)',
    '2:4-8 bad-number (put text in quotes)',
    '4:1-2 duplicate-key',
  ]);
});

t.test('files that are not text', async (t) => {
  const dir = t.testdir({ folder: {} });
  const read = (bytes: Uint8Array | string) => {
    const file = join(dir, 'file.yaml');
    writeFileSync(file, bytes);
    const result = readText(file);
    if ('ok' in result) return 'fine';
    return result.problems.map(({ code, place }) => `${place?.line}:${place?.column} ${code}`).join();
  };
  t.equal(read('a: ü\n'), 'fine');
  t.equal(read('a: \uFFFD\n'), 'fine', 'the replacement character itself may be written');
  t.equal(read(Buffer.from('a: 1\nb: \xE9x\n', 'latin1')), '2:4 bad-encoding');
  t.equal(read(Buffer.from('\uFEFFa: 1\n', 'utf16le')), '1:1 bad-encoding');
  t.equal(read(Buffer.from('a: 1\n', 'utf16le')), '1:1 bad-encoding');
  t.equal(read('a: 1\nb: \0\n'), '1:1 bad-encoding');
  t.equal(read('a: 1\nb: \u001B[31m\n'), '2:4 control-character');
  t.equal(read('a: 1\rb: 2\r'), '1:5 control-character');
  t.equal(read(`a: ${'x'.repeat(maxBytes)}\n`), '1:1 too-large');
  t.equal(read(`a: ${'x'.repeat(maxBytes - 4)}\n`), 'fine', 'the limit itself is allowed');
  t.match(readText(join(dir, 'none')), { problems: [{ code: 'unreadable-file' }] });
  t.match(readText(join(dir, 'folder')), { problems: [{ code: 'unreadable-file' }] });
});

t.test('hostile files are refused, or read, within two seconds', async (t) => {
  const fill = (unit: string, before = '', after = '') =>
    before + unit.repeat(Math.floor((maxBytes - before.length - after.length) / unit.length)) + after;
  const numbered = (line: (index: number) => string) => {
    let text = '';
    for (let index = 0; text.length < maxBytes - 40; index++) text += line(index);
    return text;
  };
  const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < 9; level++) {
    bomb.push(
      `a${level}: &a${level} [${Array(10)
        .fill(`*a${level - 1}`)
        .join(', ')}]`,
    );
  }
  const mergeBomb = numbered((index) => `a${index}: &a${index} { <<: *a${Math.max(0, index - 1)}, k${index}: 1 }\n`);
  const cases: Record<string, [string, RegExp]> = {
    'alias bomb': [bomb.join('\n'), /too-many-values/],
    'merge bomb': [mergeBomb.replace('*a0', '{}'), /too-many-values/],
    'deep aliases': [`a0: &a0 [x]\n${numbered((index) => `a${index + 1}: &a${index + 1} [*a${index}]\n`)}`, /too-deep/],
    'many values': [fill('1,', '[', ']'), /too-many-values/],
    '[[[[': ['['.repeat(100_000), /too-deep/],
    '{a: {a: ': [fill('{a: '), /too-deep/],
    '- - - -': [fill('- '), /too-deep/],
    '? ? ? ?': [fill('? '), /too-deep/],
    ': : : :': [fill(': '), /too-deep/],
    'a: a: a:': [fill('a: '), /too-deep/],
    'growing indentation': [numbered((index) => `${' '.repeat(index % 500)}a:\n`), /too-deep|yaml-syntax/],
    'closed again': [`${'['.repeat(50_000)}${']'.repeat(50_000)}`, /too-deep/],
    ']]]]': [fill(']'), /yaml-syntax/],
    '}}}}': [fill('}'), /yaml-syntax/],
    '[,,,,': [fill(',', '[', ']'), /yaml-syntax/],
    'many anchors': [fill('&a '), /yaml-syntax/],
    'many tags': [fill('!!str '), /yaml-syntax/],
    'many documents': [fill('---\n'), /several-documents/],
    'many quotes': [fill('"'), /yaml-syntax/],
    'a long quote': [fill('\\x41', '"'), /yaml-syntax/],
    'many keys': [numbered((index) => `k${index}: 1\n`), /^$/],
    'the same key': [fill('a: 1\n'), /duplicate-key/],
    'many aliases': [fill('- *a\n', 'x: &a 1\ny:\n'), /^$/],
    'many unknown aliases': [fill('- *a\n'), /unknown-anchor/],
    'many block texts': [fill('- |\n x\n'), /^$/],
    'many empty lines': [fill('\n', 'a: |\n', ' x'), /^$/],
    'many comments': [fill('#\n'), /empty-file/],
    'a long key': [fill('k', '', ': 1'), /yaml-syntax/],
    'carriage returns': [fill('\r\n', '', 'a: 1'), /^$/],
    tabs: [fill('\t', '', 'a'), /yaml-syntax|^$/],
  };
  for (const [name, [text, expected]] of Object.entries(cases)) {
    const before = process.cpuUsage();
    const problems = wrong(text);
    const { user, system } = process.cpuUsage(before);
    t.match(problems.join('\n'), expected, name);
    t.ok(problems.length <= 20, `${name}: no flood of problems`);
    t.ok(user + system < 2_000_000, `${name}: ${Math.round((user + system) / 1000)} ms`);
  }
});
