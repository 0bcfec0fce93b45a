import t from 'tap';
import { progressLine } from '../../src/commands/progress.ts';
import type { Event, Fact } from '../../src/core/event.ts';
import { visibleLine } from '../../src/core/text.ts';
import { timeline } from '../../src/evals/reporters/html/timeline.ts';
import { itemLines } from '../../src/ui/cards.ts';
import { menuFor } from '../../src/ui/complete.ts';
import { differences } from '../../src/ui/differences.ts';
import { edit, emptyEditor, insert, insertPaste, wholeText, withText } from '../../src/ui/editor.ts';
import { guard, guardMs } from '../../src/ui/guard.ts';
import { keyReader } from '../../src/ui/keys.ts';
import { fit, mostWidthOf, widthOf, wrap, wrapIndentedExactly } from '../../src/ui/lines.ts';
import { markdownLines } from '../../src/ui/markdown.ts';
import { theme } from '../../src/ui/paint.ts';
import { blankStream, restOf, settle } from '../../src/ui/settle.ts';
import { active, add, blank, reduce, reduceDelta, type Screen } from '../../src/ui/state.ts';
import { tailOf } from '../../src/ui/stream-tail.ts';
import { timelineLines } from '../../src/ui/trace/timeline.ts';
import { traceOf } from '../../src/ui/trace/trace.ts';
import { treeRows } from '../../src/ui/trace/tree.ts';

const root = { span: '1', parent: null, agent: 'boss' };
const child = { span: '1.1', parent: '1', agent: 'planner' };
const look = { width: 60, theme: theme(false), plain: false };

function events(...facts: readonly Fact[]): Event[] {
  return facts.map((fact, at) => ({
    ...fact,
    runId: 'r-1',
    seq: at + 1,
    at: new Date(1000 * at).toISOString(),
  }));
}

const started: Fact = {
  ...root,
  type: 'run.started',
  data: { app: 'a', workspace: 'w', session: 's', agent: 'boss', prompt: 'Do it.', interpreter: 'scripted' },
};
const begins = (scope: typeof root | typeof child, prompt = 'Go.'): Fact => ({
  ...scope,
  type: 'agent.started',
  data: { prompt, call: null, continues: null },
});
const body = (price: number) => ({ actions: [{ kind: 'price_change', productId: 'p-001', newPrice: price }] });
const stores = (version: number, price: number): Fact => ({
  ...child,
  type: 'plan.stored',
  data: { planId: 'p', version, specName: 'S', hash: `h${version}`, body: body(price) },
});
const asks: Fact = {
  ...child,
  type: 'approval.requested',
  data: {
    approval: 'r-1.a1',
    call: 'c',
    subject: { kind: 'plan', planId: 'p', specName: 'S', version: 2, hash: 'h2' },
    rule: 'ask plan:S',
    reason: 'Money.',
  },
};
const decides: Fact = {
  ...child,
  type: 'approval.decided',
  data: { approval: 'r-1.a1', decision: { kind: 'reject', reason: 'no' }, by: 'user' },
};
const play = (...facts: readonly Fact[]): Screen => events(...facts).reduce(reduce, blank);
const lines = (screen: Screen) => screen.done.flatMap((item) => itemLines(item, look));

t.test('an approval is at the root, with its agents, its plan and what changed', async (t) => {
  const screen = play(started, begins(root), begins(child), stores(1, 6), stores(2, 5), asks);
  t.match(screen.pending, [{ path: ['boss', 'planner'], plan: { version: 2 }, before: { version: 1 } }]);
  const text = lines(screen).join('\n');
  t.match(text, /boss → planner/);
  t.match(text, /rule "ask plan:S": Money\./);
  t.match(text, /changed since version 1\n│ actions\[0\]\.newPrice\n│ {3}- 6\n│ {3}\+ 5/);
  const after = play(started, begins(root), begins(child), stores(2, 5), asks, decides);
  t.same(after.pending, []);
  t.match(lines(after).at(-1), /! plan p rejected: no/);
});

t.test('a call is one line, and text of a tool cannot leave it', async (t) => {
  const call = { id: 'c', tool: 'query', args: { sql: `SELECT '\u001b[2J'\n${'x'.repeat(200)}` } };
  const screen = play(
    started,
    begins(root),
    { ...root, type: 'tool.called', data: { call, effect: 'read' } },
    {
      ...root,
      type: 'tool.finished',
      data: { call: 'c', tool: 'query', outcome: { ok: true, result: { rows: [1, 2] } } },
    },
  );
  const [line = ''] = lines(screen).slice(-1);
  t.match(line, /^✓ query SELECT '\\u001b\[2J'⏎x+… 2 rows {2}1\.0s$/);
  t.ok(widthOf(line) <= look.width);
  t.match(screen.cards, [{ tool: 'query', ms: 1000 }]);
});

t.test('streamed text is written once, piece by piece, whatever its pieces are', async (t) => {
  const text = `# A\n\nOne.\n\n\`\`\`sql\n${'SELECT 1;\n'.repeat(30)}\`\`\`\n\n${'- item\n'.repeat(40)}\nLast`;
  const end: Fact = { ...root, type: 'step.finished', data: { index: 1, step: { text, calls: [], stop: 'end' } } };
  const whole = markdownLines(text, look).filter((line) => line !== '');
  for (const length of [1, 7, 1000]) {
    let screen = play(started, begins(root));
    let most = 0;
    for (let at = 0; at < text.length; at += length) {
      screen = reduceDelta(screen, { span: '1', agent: 'boss', kind: 'text', text: text.slice(at, at + length) });
      most = Math.max(most, active(screen)?.stream.rest.length ?? 0);
    }
    if (length < 10) t.ok(most < 200, 'what is not settled stays small');
    const [last] = events(end);
    const done = last ? reduce(screen, last) : screen;
    const written = done.done.filter(({ kind }) => kind === 'text').flatMap((item) => itemLines(item, look));
    t.same(
      written.filter((line) => line !== ''),
      whole,
      `in pieces of ${length}`,
    );
  }
  const { stream } = settle({ ...blankStream, rest: '```sql\nSELECT 1;\n' });
  t.equal(restOf(stream), '```sql\nSELECT 1;\n', 'an open code block is kept whole');
});

t.test('code and lists of many lines have no gaps where they were written in pieces', async (t) => {
  const code = `Before:\n\n\`\`\`python\n${Array.from({ length: 36 }, (_, at) => `    print(${at})`).join('\n')}\n\`\`\``;
  const list = Array.from({ length: 50 }, (_, at) => `- item ${at}\n  - below it`).join('\n');
  const text = `${code}\n\n${list}\n\nAfter.`;
  const end: Fact = { ...root, type: 'step.finished', data: { index: 1, step: { text, calls: [], stop: 'end' } } };
  let screen = play(started, begins(root));
  for (const letter of text) screen = reduceDelta(screen, { span: '1', agent: 'boss', kind: 'text', text: letter });
  const [last] = events(end);
  const done = last ? reduce(screen, last) : screen;
  const written = done.done.filter(({ kind }) => kind === 'text').flatMap((item) => itemLines(item, look));
  t.same(written, ['', ...markdownLines(text, look)]);
  const noted = add(screen, { kind: 'note', text: 'said in between', tone: 'plain' });
  t.equal(lines(last ? reduce(noted, last) : noted).at(-2), '', 'what was said in between stands alone');
});

t.test('of a long piece that streams the end is drawn, as what it is', async (t) => {
  const row = (at: number) => `| ${at} | some words |`;
  const table = `| id | what |\n|---:|---|\n${Array.from({ length: 900 }, (_, at) => row(at)).join('\n')}`;
  const shown = tailOf(table);
  t.ok(shown.length < 7000);
  t.same(markdownLines(shown, look).slice(0, 2), ['   id   what', '  ───   ──────────']);
  t.equal(markdownLines(shown, look).at(-1), '  899   some words');
  const line = 'word '.repeat(9000);
  t.ok(tailOf(line).length <= 6000, 'also of one line');
  t.ok(line.endsWith(tailOf(line)));
  const whole = table.slice(0, 5000);
  t.equal(tailOf(whole), whole);
});

t.test('a run that goes on is heard again', async (t) => {
  const stopped: Fact = { ...root, type: 'run.finished', data: { status: 'interrupted', answer: '' } };
  const resumed: Fact = { ...root, type: 'run.resumed', data: { interpreter: 'scripted' } };
  const finished: Fact = { ...child, type: 'agent.finished', data: { answer: 'Done.', steps: 1, plans: [] } };
  const over = play(started, begins(root), begins(child), finished, stopped);
  t.equal(active(over), undefined);
  const [again] = events(resumed);
  const screen = again ? reduce(over, again) : over;
  t.match(active(screen), { agent: 'boss' });
  const heard = reduceDelta(screen, { span: '1', agent: 'boss', kind: 'text', text: 'Hello' });
  t.equal(active(heard)?.stream.rest, 'Hello');
});

t.test('a run that is over leaves nothing running; a replay is the same as the run', async (t) => {
  const over: Fact = { ...root, type: 'run.finished', data: { status: 'interrupted', answer: '' } };
  const screen = play(started, begins(root), begins(child), stores(2, 5), asks, over);
  t.same([screen.pending, screen.running, active(screen)], [[], [], undefined]);
  t.match(lines(screen).at(-1), /^stopped after 5\.0s · run r-1$/);
});

t.test('Markdown keeps to its width and controls nothing', async (t) => {
  const table = '| a | b |\n|---|--:|\n| 日本語日本語日本語日本語 | 1 |\n| \u001b[31mred\u202e | 2 |';
  const text = `# Head\n\n**b** and \`c\` &amp; [l](http://x)\n\n1. one\n   - two\n\n${table}\n\n> q\n\n\`\`\`json\n{"a": "<b> & 'c'"}\n\`\`\``;
  for (const width of [12, 30, 80]) {
    const found = markdownLines(text, { ...look, width });
    t.ok(
      found.every((line) => widthOf(line) <= width),
      `width ${width}`,
    );
    t.ok(
      found.every((line) => visibleLine(line) === line),
      'nothing but text',
    );
  }
  t.match(markdownLines(text, { ...look, width: 80 }).join('\n'), /\{"a": "<b> & 'c'"\}/);
});

t.test('Markdown as models write it: breaks, names of characters, tasks, tabs', async (t) => {
  const drawn = (text: string) => markdownLines(text, look);
  t.same(drawn('a<br>b &lt;c&gt; &amp; `&lt;`'), ['a', 'b <c> & &lt;']);
  t.same(drawn('- [ ] one\n- [x] two'), ['• [ ] one', '• [x] two']);
  t.same(drawn('1. one\n\n   more\n\n2. [x] two'), ['1. one', '   more', '', '2. [x] two'], 'with room between');
  t.same(drawn('| a<br>b | c |\n|---|---|\n| x\ty | z |').at(-1), '  x y   z');
});

t.test('what some terminals draw wider than others is never wider than the terminal', async (t) => {
  const samples = [
    '👍🏽'.repeat(40),
    'กำลังทดสอบ '.repeat(12),
    'हिन्दी में '.repeat(12),
    '👩‍👩‍👧‍👦 family '.repeat(8),
    'é漢 '.repeat(30),
  ];
  for (const sample of samples) {
    for (const width of [12, 30, 61]) {
      t.ok(mostWidthOf(fit(sample, width)) <= width, `${sample.slice(0, 8)} in ${width}`);
      const found = wrap(sample, width);
      t.ok(
        found.every((line) => mostWidthOf(line) <= width),
        'in lines',
      );
      t.equal(found.join('').replaceAll(' ', ''), sample.normalize().replaceAll(' ', ''), 'all of it');
    }
  }
  t.equal(mostWidthOf('👍🏽'), 4);
  t.equal(fit('\u001b[31mplain\u001b[39m', 5), '\u001b[31mplain\u001b[39m');
});

t.test('keys: merged and torn reads, pastes', async (t) => {
  const reader = keyReader();
  const push = (text: string) =>
    reader.push(Buffer.from(text, 'latin1')).map((key) => (key.kind === 'key' ? key.name : `${key.kind}:${key.text}`));
  t.same(push('hello\r'), ['text:hello', 'enter']);
  t.same(push('\n\u000fa\u001b\r\u001b[1;3A\u001b[13;2u'), [
    'ctrl+j',
    'ctrl+o',
    'text:a',
    'alt+enter',
    'alt+up',
    'shift+enter',
  ]);
  t.same([...push('\u001b'), ...push('['), ...push('A')], ['up']);
  t.same(push('\u001b[200~a\r\nb\u001b[20'), []);
  t.same(push('1~c'), ['paste:a\nb', 'text:c']);
  t.same([...push('\u00c3'), ...push('\u00a9')], ['text:é']);
  t.same(push('\u001b'), []);
  t.ok(reader.waiting());
  t.match(reader.flush(), [{ name: 'esc' }]);
});

t.test('the editor: characters, words, lines, pastes', async (t) => {
  const family = '👨‍👩‍👧';
  t.equal(edit(withText(`a${family}`), 'backspace')?.text, 'a');
  t.equal(edit(withText('one two'), 'ctrl+w')?.text, 'one ');
  const start = { ...withText('one\ntwo'), caret: 1 };
  const rest = edit(start, 'ctrl+k');
  t.match(rest, { text: 'o\ntwo', cutText: 'ne' }, 'not the line below');
  t.equal(rest && edit(rest, 'ctrl+k')?.text, 'otwo');
  const up = edit(withText('abc\ndefg'), 'up');
  t.equal(up?.caret, 3);
  const pasted = insertPaste(insert(emptyEditor, 'x '), 'line\n'.repeat(20));
  t.equal(pasted.text, 'x [paste 1: 21 lines]');
  t.equal(wholeText(pasted), `x ${'line\n'.repeat(20)}`);
  t.equal(edit(pasted, 'backspace')?.text, 'x ');
});

t.test('completion offers what fits, best first', async (t) => {
  const commands = ['/help', '/plan'].map((text) => ({ text, about: '' }));
  const mentions = () => [
    { name: 'planner', what: 'agent' },
    { name: 'lane', what: 'table' },
  ];
  const offered = (text: string) => menuFor(withText(text), commands, mentions)?.items.map((item) => item.text);
  t.same(offered('/pl'), ['/plan']);
  t.same(offered('ask @lan'), ['@lane', '@planner']);
  t.equal(offered('ask /pl'), undefined);
  t.equal(offered('a@pl'), undefined);
});

t.test('a question takes no answer before it was drawn and keys were quiet', async (t) => {
  let now = 0;
  const guarded = guard(() => now);
  guarded.close();
  now = 10_000;
  t.equal(guarded.admit(), 'ahead', 'not drawn');
  guarded.drawn();
  now += guardMs - 1;
  t.equal(guarded.admit(), 'early', 'too soon');
  now += guardMs - 1;
  t.equal(guarded.admit(), 'early', 'each key begins the time anew');
  guarded.typed();
  now += guardMs - 1;
  t.equal(guarded.admit(), 'ahead', 'it goes on with what was being typed');
  now += guardMs;
  t.equal(guarded.admit(), 'answer');
});

t.test('lines of code that are broken stay indented, and keep every space', async (t) => {
  const broken = wrapIndentedExactly('{\n  "sql": "SELECT a,  b FROM c"\n}', 18);
  t.same(
    broken.map((line) => /^ */.exec(line)?.[0].length),
    [0, 2, 2, 0],
  );
  t.equal(broken.map((line) => line.trimStart()).join(''), '{"sql": "SELECT a,  b FROM c"}');
});

t.test('differences name their places', async (t) => {
  t.same(differences({ a: 1, b: [1, { c: 2 }] }, { a: 1, b: [1, { c: 3 }, 4] }), [
    { path: 'b[1].c', before: 2, after: 3 },
    { path: 'b[2]', before: undefined, after: 4 },
  ]);
  const action = (productId: string, newPrice: number) => ({ kind: 'price_change', productId, newPrice });
  const before = [action('p-1', 1), action('p-2', 2), action('p-3', 3), action('p-4', 4)];
  t.same(
    differences({ actions: before }, { actions: [action('p-1', 1), action('p-3', 3), action('p-4', 4.5)] }),
    [
      { path: 'actions[1]', before: action('p-2', 2), after: undefined },
      { path: 'actions[2].newPrice', before: 4, after: 4.5 },
    ],
    'what is gone does not shift what stands after it',
  );
  t.same(
    differences(before, [action('p-0', 9), ...before.slice(0, 3)]),
    [
      { path: '[0]', before: undefined, after: action('p-0', 9) },
      { path: '[3]', before: action('p-4', 4), after: undefined },
    ],
    'one that has come at the beginning, one that is gone at the end',
  );
  const many = Array.from({ length: 3000 }, (_, at) => [at]);
  t.equal(differences(many, many.slice(1).concat([[0]])).length, 3000, 'very long lists are compared in their order');
  t.same(differences([], [1]), [{ path: '[0]', before: undefined, after: 1 }]);
});

t.test('what nobody knows is marked as that, and not as a failure', async (t) => {
  const call = { id: 'c', tool: 'wipe', args: {} };
  const error = { code: 'outcome-unknown', message: 'wipe was interrupted' };
  const unknown = { index: 0, kind: 'restock', status: 'unknown', entitiesAffected: 0, summary: 'cut off' } as const;
  const facts: Fact[] = [
    started,
    begins(root),
    { ...root, type: 'tool.called', data: { call, effect: 'write' } },
    { ...root, type: 'tool.finished', data: { call: 'c', tool: 'wipe', outcome: { ok: false, error } } },
    { ...root, type: 'action.finished', data: { planId: 'p', key: 'k', result: unknown } },
    { ...root, type: 'action.finished', data: { planId: 'p', key: 'l', result: { ...unknown, status: 'failed' } } },
  ];
  const told = (plain: boolean) =>
    play(...facts)
      .done.slice(-3)
      .flatMap((item) => itemLines(item, { ...look, plain }).map((line) => line.replace(/ {2,}.*/, '')));
  t.strictSame(told(false), ['? wipe wipe was interrupted', '? restock unknown: cut off', '✗ restock failed: cut off']);
  t.match(told(true), [/^unknown wipe/, /^unknown: restock unknown/, /^failed: restock/]);
  t.strictSame(
    events(...facts)
      .flatMap((event) => progressLine(event) ?? [])
      .slice(-3),
    ['  ? wipe unknown: wipe was interrupted', '  ? restock unknown: cut off', '  ✗ restock: cut off'],
  );
  const priceOf = () => undefined;
  const trace = traceOf(events(...facts));
  const shown = (words: readonly string[], plain: boolean) => {
    const rows = trace.root ? treeRows(trace.root, new Set(), words) : [];
    const view = { trace, rows, selected: undefined, priceOf, running: false, now: 0 };
    return timelineLines(view, { width: 100, theme: theme(false), plain }).join('\n');
  };
  t.match(shown([], false), /wipe .*\? unknown: wipe was[\s\S]*restock .*\? unknown: cut off\n.*restock .*✗ cut off/);
  t.match(shown([], true), /tool wipe, 1\.0s, unknown, wipe was interrupted/);
  t.match(shown(['status:unknown'], true), /wipe[\s\S]*restock/);
  t.notMatch(shown(['status:unknown'], true), /failed/);
  const items = timeline(events(...facts.slice(0, 4)));
  t.match(items.at(-1), { kind: 'call', title: 'wipe', tone: 'warn', note: /outcome-unknown/ });
});
