import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { dollars, seconds } from '../../src/core/amounts.ts';
import { holds, isCondition } from '../../src/core/condition.ts';
import { messageOf, replacedMessage } from '../../src/core/errors.ts';
import { globMatcher } from '../../src/core/glob.ts';
import { canonical, pointer } from '../../src/core/json.ts';
import { contains, missingFrom } from '../../src/core/match.ts';
import { nearest, suggest } from '../../src/core/nearest.ts';
import { hashPlan, planResult } from '../../src/core/plan.ts';
import { sizeOf } from '../../src/core/size.ts';
import type { Turn } from '../../src/core/step.ts';
import { visible, visibleLine } from '../../src/core/text.ts';
import { cpuTime } from '../cpu-time.ts';

t.test('the nearest name is a slip away, or there is none', async (t) => {
  const names = ['prompt', 'promptFile', 'role', 'routes', 'maxSteps'];
  const slips = { promt: 'prompt', propmt: 'prompt', Role: 'role', rotes: 'routes', 'max-steps': 'maxSteps' };
  for (const [wrong, right] of Object.entries(slips)) t.equal(nearest(wrong, names), right, wrong);
  t.equal(nearest('temperature', names), undefined);
  t.equal(nearest('', names), undefined);
  t.equal(suggest('x', ['b', 'a']), 'did you mean "b"?');
  t.equal(suggest('xyz', ['beta', 'alpha']), 'expected one of: alpha, beta');
  t.equal(suggest('x', []), undefined);
  const started = cpuTime();
  nearest(
    'a'.repeat(1e6),
    Array.from({ length: 1000 }, (_, index) => `b${index}`.padEnd(60, 'c')),
  );
  t.ok(cpuTime() - started < 1000, 'a hostile name costs little');
});

t.test('equal values give equal text', async (t) => {
  t.equal(canonical({ b: [1, { d: null, c: 'x' }], a: true }), canonical({ a: true, b: [1, { c: 'x', d: null }] }));
  t.equal(hashPlan('P', { a: 1, b: 2 }), hashPlan('P', { b: 2, a: 1 }));
  t.not(hashPlan('P', { a: 1 }), hashPlan('Q', { a: 1 }));
  t.equal(pointer(['a/b', 0, 'c~d']), '/a~1b/0/c~0d');
});

t.test('containment names each difference', async (t) => {
  const actual = { id: 'p', nested: { a: 1, b: [1, { c: 2, d: 3 }] } };
  t.ok(contains(actual, { nested: { b: [1, { c: 2 }] } }));
  t.notOk(contains(actual, { nested: { b: [1] } }), 'arrays have equal length');
  t.notOk(contains({ a: undefined as unknown as null }, { a: null }));
  t.strictSame(missingFrom(actual, { id: 'q', nested: { a: '1' }, toString: 1 }), [
    { path: '/id', expected: 'q', actual: 'p' },
    { path: '/nested/a', expected: '1', actual: 1 },
    { path: '/toString', expected: 1, actual: undefined },
  ]);
});

t.test('conditions are yes, no, or left to a person', async (t) => {
  const pattern = (source: string) => (text: string) => new RegExp(source).test(text);
  const table: [object, object, string][] = [
    [{ price: { lt: 5 } }, { price: 4 }, 'yes'],
    [{ price: { lt: 5, gt: 4.5 } }, { price: 4 }, 'no'],
    [{ price: { gt: 100 } }, { price: '150' }, 'unknown'],
    [{ price: { lt: 5 } }, {}, 'no'],
    [{ price: 4 }, { price: 4, more: 1 }, 'yes'],
    [{ sql: { matches: 'customer' } }, { sql: 'SELECT * FROM customer' }, 'yes'],
    [{ sql: { matches: 'customer' } }, { sql: 7 }, 'unknown'],
    [{ kind: { oneOf: ['a', 'b'] } }, { kind: 'b' }, 'yes'],
    [{ list: { any: { price: { lt: 1 } } } }, { list: [{ price: 2 }, { price: 0 }] }, 'yes'],
    [{ list: { any: { price: { lt: 1 } } } }, { list: [{ other: 2 }] }, 'no'],
    [{ list: { any: { price: { lt: 1 } } } }, { list: [{ price: '0' }] }, 'unknown'],
    [{ list: { all: { lte: 3 } } }, { list: [1, 2, 3] }, 'yes'],
    [{ list: { all: { gte: 2 } } }, { list: [1, 2, 3] }, 'no'],
    [{ list: { any: 1 } }, { list: 'text' }, 'unknown'],
    [{ deep: { equals: { a: [1] } } }, { deep: { a: [1] } }, 'yes'],
    [{ a: { b: 1 } }, { a: 5 }, 'unknown'],
  ];
  for (const [when, value, expected] of table) {
    t.equal(
      holds(when as never, value as never, pattern),
      expected,
      `${JSON.stringify(when)} on ${JSON.stringify(value)}`,
    );
  }
  t.notOk(isCondition({}));
  t.notOk(isCondition({ lt: 1, price: 2 }));
});

t.test('patterns with stars', async (t) => {
  t.ok(globMatcher('plan:*')('plan:ShopPlan'));
  t.ok(globMatcher('*')(''));
  t.ok(globMatcher('a*b*c')('axxbyyc'));
  t.notOk(globMatcher('a*b*c')('axxcyyb'));
  t.notOk(globMatcher('ab*ba')('aba'));
  t.notOk(globMatcher('look')('lookup'));
});

t.test('a plan result says what was applied and what was not', async (t) => {
  const action = { kind: 'a', entitiesAffected: 1, summary: '' };
  const result = planResult('p', 'failed', [
    { ...action, index: 0, status: 'applied' },
    { ...action, index: 1, status: 'failed', entitiesAffected: 0 },
  ]);
  t.match(result, {
    entitiesAffected: 1,
    summary: '1 of 2 actions applied, 1 failed',
    details: { applied: 1, total: 2 },
  });
});

t.test(
  'a conversation that grows is measured as one that is looked at for the first time, each turn once',
  async (t) => {
    const about = { prompt: 'You plan.', specs: [{ name: 'look', description: 'Looks.', inputSchema: {} }] };
    const turns: Turn[] = [];
    let looks = 0;
    const look = (text: string) => {
      looks += 1;
      return text;
    };
    for (let place = 0; place < 30; place++) {
      const usage = { input: 40 * place + 40, output: 5, cacheRead: 0, cacheWrite: 0 };
      const step = { text: `step ${place}`, calls: [], stop: 'end', ...(place % 7 === 1 && { usage }) } as const;
      const asked: Turn = { role: 'user', text: `question ${place}` };
      Object.defineProperty(asked, 'text', { get: () => look('x'.repeat(place)), enumerable: true });
      turns.push(place % 2 === 0 ? asked : { role: 'assistant', step });
      for (const recast of [0, 12]) {
        const grown = sizeOf({ turns, recast, open: new Map(), results: new Map(), calls: [] }, about);
        const fresh = sizeOf({ turns: [...turns], recast, open: new Map(), results: new Map(), calls: [] }, about);
        t.equal(grown.tokens, fresh.tokens, `${place + 1} turns, ${recast} of them before a summary`);
        t.equal(grown.of(turns), fresh.of(turns));
      }
    }
    t.equal(looks, 15);
  },
);

t.test('what is not ours reaches the terminal visibly', async (t) => {
  t.equal(visible('a\u001b[31mred\u0007\n\tb\u202e'), 'a\\u001b[31mred\\u0007\n\tb\\u202e');
  t.equal(visibleLine('a\r\nb\tc'), 'a\\u000d⏎b c');
  t.equal(visible('grün 漢字 🙂'), 'grün 漢字 🙂');
});

t.test('costs have the digits that say something; nothing that cost something is $0.00', async (t) => {
  const costs = {
    0: '$0.00',
    12.3: '$12.30',
    1234.567: '$1,234.57',
    0.5: '$0.50',
    0.4251: '$0.425',
    0.0123: '$0.0123',
  };
  for (const [cost, text] of Object.entries(costs)) t.equal(dollars(Number(cost)), text);
  t.equal(dollars(0.0048), '$0.0048');
  t.equal(dollars(0.000123), '$0.00012');
  t.equal(dollars(0.999999), '$1.00');
  t.equal(dollars(1e-9), '<$0.00001');
});

t.test('seconds have the digits that say something', async (t) => {
  const texts = { 0: '0', 0.0101: '0.01', 0.01234: '0.012', 0.96: '0.96', 12.345: '12.3', 3600: '3,600' };
  for (const [count, text] of Object.entries(texts)) t.equal(seconds(Number(count)), text);
});

t.test('a part of the program that another build has replaced is no riddle', async (t) => {
  const dir = t.testdir({ chunks: {} });
  const load = (path: string) => import(pathToFileURL(join(dir, path)).href).catch((thrown: unknown) => thrown);
  t.equal(messageOf(await load('chunks/runs-K3J5Q7ZX.js')), replacedMessage);
  t.match(messageOf(await load('chunks/dispatcher.js')), /^Cannot find module/, 'an app has modules of its own');
});
