import t from 'tap';
import { redactor } from '../../src/core/redact.ts';

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
