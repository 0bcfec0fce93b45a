import t, { type Test } from 'tap';
import { calibrate, type LabelledVerdict } from '../../src/evals/calibration.ts';
import type { Outcome } from '../../src/evals/report.ts';
import { caseStats, passAtK, passHatK, wilson } from '../../src/evals/statistics.ts';

const close = (t: Test, actual: number, expected: number, within: number, name: string) =>
  t.ok(Math.abs(actual - expected) <= within, `${name}: expected ${expected}, got ${actual}`);

/** C(n, k), exactly. */
function choose(n: number, k: number): bigint {
  let found = 1n;
  for (let i = 1; i <= k; i++) found = (found * BigInt(n - k + i)) / BigInt(i);
  return k > n ? 0n : found;
}

t.test("Wilson's interval, as it is published", async (t) => {
  // R. G. Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17 (1998), table I.
  const published: [number, number, number, number][] = [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ];
  for (const [passed, trials, low, high] of published) {
    const [from, to] = wilson(passed, trials);
    close(t, from, low, 0.00005, `${passed}/${trials} low`);
    close(t, to, high, 0.00005, `${passed}/${trials} high`);
    const [mirrored] = wilson(trials - passed, trials);
    close(t, mirrored, 1 - high, 0.00005, `${trials - passed}/${trials}`);
  }
  t.strictSame([wilson(0, 7)[0], wilson(7, 7)[1]], [0, 1]);
});

t.test('pass@k and pass^k are the quotients of binomials', async (t) => {
  for (const [n, c] of [
    [1, 0],
    [1, 1],
    [10, 7],
    [10, 3],
    [200, 13],
    [1000, 999],
  ] as const) {
    for (const k of [1, 2, 5, 10, 200, 1000].filter((each) => each <= n)) {
      const whole = choose(n, k);
      const share = (part: bigint) => Number((part * 10n ** 18n) / whole) / 1e18;
      close(t, passAtK(n, c, k), 1 - share(choose(n - c, k)), 1e-9, `pass@${k} of ${c}/${n}`);
      close(t, passHatK(n, c, k), share(choose(c, k)), 1e-9, `pass^${k} of ${c}/${n}`);
    }
  }
  // The whole of tau-bench's idea: one agent that is right in 7 of 10 trials is right twice in a row in 21 of 45.
  close(t, passHatK(10, 7, 2), 21 / 45, 1e-12, 'pass^2');
  t.ok(Object.is(passHatK(10, 7, 9), 0), 'no chance is 0, not -0');
  t.equal(passAtK(10, 7, 4), 1);
});

t.test('statistics of a case', async (t) => {
  const outcomes = (passed: number, failed: number, errors = 0): Outcome[] => [
    ...Array<Outcome>(passed).fill('passed'),
    ...Array<Outcome>(failed).fill('failed'),
    ...Array<Outcome>(errors).fill('error'),
  ];
  const ten = caseStats(outcomes(7, 3, 2), 0.6);
  t.match(ten, { trials: 12, judged: 10, passed: 7, errors: 2, passRate: 0.7, wanted: 0.6 });
  t.strictSame(
    ten.interval?.map((end) => end.toFixed(2)),
    ['0.40', '0.89'],
  );
  t.strictSame(
    ten.passAtK.map((each) => each.k),
    [1, 2, 4, 8, 10],
  );
  t.strictSame(
    ten.passHatK.map((each) => each.k),
    [1, 2, 4, 8, 10],
  );
  close(t, ten.passAtK[0]?.value ?? 0, 0.7, 1e-12, 'pass@1');
  t.strictSame(
    caseStats(outcomes(8, 0), 1).passHatK,
    [1, 2, 4, 8].map((k) => ({ k, value: 1 })),
  );
  t.strictSame(caseStats(outcomes(1, 0), 1).passAtK, [{ k: 1, value: 1 }]);
  t.match(caseStats(['passed', 'budget'], 1), { judged: 2, passRate: 0.5 }, 'a trial that a limit ended did not pass');
  t.strictSame(caseStats(outcomes(0, 0, 3), 1), {
    trials: 3,
    judged: 0,
    passed: 0,
    errors: 3,
    passRate: null,
    wanted: 1,
    interval: null,
    passAtK: [],
    passHatK: [],
  });
});

t.test('how far a judge may be trusted', async (t) => {
  const verdicts = (bothPass: number, falsePasses: number, falseFails: number, bothFail: number): LabelledVerdict[] => [
    ...Array<LabelledVerdict>(bothPass).fill({ label: true, verdict: true }),
    ...Array<LabelledVerdict>(falsePasses).fill({ label: false, verdict: true }),
    ...Array<LabelledVerdict>(falseFails).fill({ label: true, verdict: false }),
    ...Array<LabelledVerdict>(bothFail).fill({ label: false, verdict: false }),
  ];
  // The usual textbook tables: 20, 5, 10, 15 give 0.4; 45, 15, 25, 15 give 0.1304; 25, 35, 5, 35 give 0.2593.
  const tables: [number[], number, number][] = [
    [[20, 5, 10, 15], 0.7, 0.4],
    [[45, 15, 25, 15], 0.6, 0.1304],
    [[25, 35, 5, 35], 0.6, 0.2593],
    [[10, 0, 0, 10], 1, 1],
    [[0, 10, 10, 0], 0, -1],
  ];
  for (const [[a = 0, b = 0, c = 0, d = 0], agreement, kappa] of tables) {
    const found = calibrate(verdicts(a, b, c, d));
    close(t, found.agreement, agreement, 1e-9, 'agreement');
    close(t, found.kappa, kappa, 0.00005, 'kappa');
  }
  t.match(
    calibrate(verdicts(90, 10, 0, 0)),
    { agreement: 0.9, kappa: 0, baseRate: 0.9, falsePasses: 0.1 },
    'always passes',
  );
  t.match(calibrate(verdicts(3, 0, 1, 0)), { answers: 4, kappa: 0, baseRate: 1, falseFails: 0.25 }, 'one label only');
  t.match(calibrate(verdicts(3, 0, 0, 0)), { agreement: 1, kappa: 0 }, 'nothing to tell apart');
  t.throws(() => calibrate([]), RangeError);
});
