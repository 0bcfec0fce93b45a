import t from 'tap';
import { redactor } from '../../src/core/redact.ts';
import { cpuTime } from '../cpu-time.ts';

const value = 'sk-ant/Ab+c="d"-0123456789';
const { text, json } = redactor([{ name: 'API_KEY', value }]);

t.test('a secret is found however it is written', async (t) => {
  t.equal(text(`Bearer ${value}!`), 'Bearer [secret API_KEY]!');
  t.equal(text(JSON.stringify({ a: value })), '{"a":"[secret API_KEY]"}');
  t.equal(text(`?key=${encodeURIComponent(value)}&x=1`), '?key=[secret API_KEY]&x=1');
  for (const before of ['', 'u', 'us', 'use', 'user:']) {
    for (const after of ['', ':', 'ab']) {
      for (const encoding of ['base64', 'base64url'] as const) {
        const encoded = Buffer.from(`${before}${value}${after}`).toString(encoding);
        t.match(text(encoded), '[secret API_KEY]', `${before}…${after} in ${encoding}`);
      }
    }
  }
  t.equal(text('nothing here'), 'nothing here');
});

t.test('values are searched whole, and kept where there is nothing to find', async (t) => {
  const clean = { a: [1, null, { b: 'x' }], c: true };
  t.equal(json(clean), clean);
  t.strictSame(json({ a: [{ [value]: `x${value}` }], b: 1 }), {
    a: [{ '[secret API_KEY]': 'x[secret API_KEY]' }],
    b: 1,
  });
});

t.test('several secrets, one inside another; too short ones are left alone', async (t) => {
  const two = redactor([
    { name: 'SHORT', value: 'abcdefgh' },
    { name: 'LONG', value: 'abcdefgh-ijkl' },
    { name: 'TINY', value: 'a' },
  ]);
  t.equal(two.text('a abcdefgh abcdefgh-ijkl'), 'a [secret SHORT] [secret LONG]');
  t.equal(redactor([]).text('x'), 'x');
});

t.test('of a long secret its beginning is enough; what was replaced stays as it is', async (t) => {
  const long = `sk-${'0123456789'.repeat(8)}`;
  const cut = redactor([{ name: 'LONG', value: long }]);
  t.equal(cut.text(`"${long.slice(0, 60)}…`), '"[secret LONG]…');
  t.equal(cut.text(`${long.slice(0, 27)}X`), `${long.slice(0, 27)}X`, 'less than a third tells nothing');
  const once = cut.text(`${long}${long} and ${long}`);
  t.equal(once, '[secret LONG][secret LONG] and [secret LONG]');
  t.equal(cut.text(once), once);
  const named = redactor([{ name: 'A_KEY', value: 'secret A_KEY' }]);
  t.equal(named.text(named.text('secret A_KEY!')), '[secret A_KEY]!', 'also where a mark holds the secret');
});

t.test('a key of several lines is found line by line', async (t) => {
  const lines = ['-----BEGIN KEY-----', 'MIIEvQIBADANBgkqhkiG9w0', 'BAQEFAASCBKcwggSjAgEAAo', '-----END KEY-----'];
  const pem = redactor([{ name: 'PEM', value: lines.join('\n') }]);
  t.equal(pem.text(`  ${lines[1]}\n  ${lines[2]}`), '  [secret PEM]\n  [secret PEM]');
  t.equal(pem.text('-----BEGIN KEY----- of another'), '-----BEGIN KEY----- of another');
  t.equal(pem.text(`x ${lines.join('\n')} y`), 'x [secret PEM] y');
});

t.test('a text in pieces gives what the whole would give, wherever it is cut', async (t) => {
  const { text: whole, stream } = redactor([
    { name: 'ONE', value },
    { name: 'TWO', value: 'sk-ant/Ab+other' },
    { name: 'THREE', value: 'abcabcabd' },
  ]);
  const texts = [
    `Key ${value}, sk-ant/Ab+other; abcabcabcabd. ${value}`,
    `sk-ant/Ab and ${value}${value} s`,
    encodeURIComponent(`?${value}&`),
  ];
  for (const given of texts) {
    for (let size = 1; size < 30; size++) {
      const { push, end } = stream();
      const shown: string[] = [];
      for (let at = 0; at < given.length; at += size) shown.push(push(given.slice(at, at + size)));
      t.notMatch(shown.join(''), 'sk-ant/Ab+c', 'nothing was shown too early');
      t.equal(shown.join('') + end(), whole(given), `pieces of ${size}`);
    }
  }
  const { push } = stream();
  t.equal(push('Hello, '), 'Hello, ', 'what can be no secret is not held back');
  t.equal(redactor([]).stream().push('x'), 'x');
});

t.test('a large text takes time linear in its length', async (t) => {
  const large = `sk-ant/A ${'x'.repeat(1000)} sk-ant/Ab+`.repeat(2000);
  const started = cpuTime();
  t.equal(text(large), large);
  t.ok(cpuTime() - started < 1000);
});
