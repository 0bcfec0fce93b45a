import t from 'tap';
import { parseSource } from '../../src/config/source.ts';
import { schemaLine, yamlText } from '../../src/config/yaml-text.ts';
import type { Json } from '../../src/core/json.ts';

function readBack(value: Json): unknown {
  const read = parseSource('/x.yaml', yamlText(value));
  return 'ok' in read ? read.ok.value : read.problems;
}

const pieces = [
  ...'aZ09 \n\t\r:#-?|>!&*%@`\'"\\{}[],~',
  ' \n',
  '\n\n',
  '---\n',
  '...\n',
  '- ',
  '? ',
  ': ',
  ' #',
  '<<',
  '=',
  'null',
  'yes',
  '1e3',
  '0x1F',
  '007',
  '{{name}}',
  '\u0000',
  '\u001b',
  '\u007f',
  '\u0085',
  '\u009f',
  '\u00a0',
  '\u2028',
  '\u2029',
  '\ufeff',
  '\ufffe',
  '\ud83d',
  '\ude00',
  'é',
  '漢',
  '😀',
  'a'.repeat(200),
];

t.test('any text, number and shape reads back as it was', async (t) => {
  let state = 42;
  const upTo = (limit: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state % limit;
  };
  const text = () => Array.from({ length: upTo(7) }, () => pieces[upTo(pieces.length)]).join('');
  const value = (depth: number): Json => {
    switch (upTo(depth > 3 ? 3 : 5)) {
      case 0:
        return [null, true, false, 0, -1, 6.49, 1e21, 1e-7, 9007199254740991, '', '6.49'][upTo(11)] ?? null;
      case 3:
        return Array.from({ length: upTo(4) }, () => value(depth + 1));
      case 4:
        return Object.fromEntries(Array.from({ length: upTo(4) }, () => [`k${text()}`, value(depth + 1)]));
      default:
        return text();
    }
  };
  const wrong: string[] = [];
  for (let round = 0; round < 3000; round++) {
    const made = { value: value(0) };
    const back = readBack(made);
    if (JSON.stringify(back) !== JSON.stringify(made))
      wrong.push(`${JSON.stringify(made)} became ${JSON.stringify(back)}`);
  }
  t.strictSame(wrong.slice(0, 3), [], `${wrong.length} of 3000`);
});

t.test('it is written for people', async (t) => {
  const prose = 'First line.\n\nSecond: with a colon.\n';
  const shared = { a: 1 };
  t.equal(
    yamlText(
      { prose, list: ['x', 'y'], twice: [shared, shared], short: ['a', 'b'] },
      { inline: (keys) => keys[0] === 'short' },
    ),
    'prose: |\n  First line.\n\n  Second: with a colon.\nlist:\n  - x\n  - y\ntwice:\n  - a: 1\n  - a: 1\nshort: [a, b]\n',
  );
  t.equal(yamlText(`${'long '.repeat(60)}end`).split('\n').length, 2, 'nothing is folded');
});

t.test('editors find the schema', async (t) => {
  const root = t.testdir({ evals: {} });
  t.equal(
    schemaLine(`${root}/evals/small/a.yaml`, root, 'eval.schema.json'),
    '# yaml-language-server: $schema=../../schemas/eval.schema.json\n',
  );
  const user = t.testdir({ node_modules: { harness: { schemas: { 'eval.schema.json': '{}' } } } });
  t.equal(
    schemaLine(`${user}/evals/small/a.yaml`, user, 'eval.schema.json'),
    '# yaml-language-server: $schema=../../node_modules/harness/schemas/eval.schema.json\n',
  );
});
