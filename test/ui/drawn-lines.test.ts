import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Terminal } from '@xterm/headless';
import { createElement, Fragment } from 'react';
import t from 'tap';
import { cut, safeLine, widthOf, wrap, wrapExactly, wrapIndented } from '../../src/ui/lines.ts';
import { loadInk } from '../../src/ui/load-ink.ts';
import { markdownLines } from '../../src/ui/markdown.ts';
import { theme } from '../../src/ui/paint.ts';
import { emulator } from './headless.ts';

t.setTimeout(60_000);

const size = { columns: 60, rows: 60 };
const paints = theme('dark');
const { bold, dim, italic, red, cyan, caret } = paints;
const look = { width: size.columns - 1, theme: paints, plain: false };

const lines: readonly string[] = [
  '',
  'plain',
  ' ',
  '  indented, with spaces at its end   ',
  '',
  '漢字 and 🎉 beside each other',
  'a family 👩‍👩‍👧, a flag 🇩🇪, a mark ✔️ and e\u0301',
  bold(`bold ${red('red')} and ${italic('slanted')} again`),
  `${cyan('› ')}a line with its caret at the end${caret(' ')}`,
  `a caret ${caret('漢')}字`,
  dim('─'.repeat(look.width)),
  '\u001b]8;;https://example.com/\u001b\\a link\u001b]8;;\u001b\\ and what follows',
  `${red('漢')}字${' '.repeat(20)}${dim('at the right')}`,
  '',
];

const answer = markdownLines(
  '# 漢字 🎉\n\nSome **bold `code` text** with a [link](https://example.com).\n\n```sql\nSELECT 1;\n\n-- 漢字\n```\n\n| a | 漢字 |\n|---|---:|\n| 🎉 | 2 |',
  look,
);

/** All that a person sees of a terminal, cell by cell. */
function seen({ buffer, rows, cols }: Terminal): string {
  const cells = Array.from({ length: rows * cols }, (_, at) => {
    const cell = buffer.active.getLine(buffer.active.baseY + Math.floor(at / cols))?.getCell(at % cols);
    if (!cell) return '';
    const looks = [
      cell.getFgColorMode(),
      cell.getFgColor(),
      cell.isBold(),
      cell.isDim(),
      cell.isItalic(),
      cell.isInverse(),
    ];
    const text = cell.getWidth() === 0 ? '' : cell.getChars() || ' ';
    return `${at % cols === 0 ? '\n' : ''}${text}${looks.some((each) => each > 0) ? `<${looks.join()}>` : ''}`;
  });
  return cells.join('').replace(/ +$/gm, '');
}

const written = (terminal: Terminal, text: string) =>
  new Promise<void>((resolve) => terminal.write(text.replaceAll('\n', '\r\n'), resolve));

t.test('what is drawn is what the lines say, frame after frame, and below what is finished', async (t) => {
  await loadInk();
  const { render, Static } = await import('ink');
  const { DrawnLines } = await import('../../src/ui/drawn-lines.tsx');
  const terminal = emulator(size);
  const write = (text: string) => void written(terminal, text);
  const stream = Object.assign(new EventEmitter(), { ...size, write, isTTY: true }) as unknown as NodeJS.WriteStream;
  const screen = (done: readonly (readonly string[])[], live: readonly string[]) => {
    const children = (item: readonly string[], at: number) => createElement(DrawnLines, { key: at, lines: item });
    const finished = { items: [...done], children };
    return createElement(
      Fragment,
      null,
      createElement(Static<readonly string[]>, finished),
      createElement(DrawnLines, { lines: live }),
    );
  };
  const frames: readonly (readonly [done: readonly (readonly string[])[], live: readonly string[]])[] = [
    [[], lines],
    [[], lines.toReversed()],
    [[], [...lines, ...lines.slice(5)]],
    [[lines], ['one line']],
    [[lines, [], answer, ['']], lines.map((line) => line.replace('plain', 'as many lines, another text'))],
    [[lines, [], answer, ['']], []],
    [[lines, [], answer, [''], ['漢', '']], answer],
  ];
  const [first = [[], []]] = frames;
  const drawing = render(screen(...first), { stdout: stream, exitOnCtrlC: false, patchConsole: false });
  t.teardown(() => drawing.unmount());
  for (const [at, [done, live]] of frames.entries()) {
    drawing.rerender(screen(done, live));
    const expected = emulator(size);
    await written(expected, [...done.flat(), ...live, ''].join('\n'));
    for (let tries = 0; tries < 200 && seen(terminal) !== seen(expected); tries++) await sleep(20);
    t.equal(seen(terminal), seen(expected), `frame ${at + 1}`);
    if (live.length > 0)
      t.equal(terminal.buffer.active.cursorY, expected.buffer.active.cursorY, 'the cursor is below it');
  }
});

t.test('no line is wider than it may be, whatever it holds', async (t) => {
  const parts = ['漢', '🎉', '👩‍👩‍👧', '✔️', '🇩🇪', 'e\u0301', 'a', ' ', 'word ', '한', red('red 漢'), bold('bold')];
  const texts = parts.flatMap((one, at) => [`${one}${parts.join('')}`, parts.slice(at).join(one), one.repeat(9)]);
  for (const text of texts) {
    const tabs = text.replaceAll(' ', '\t');
    for (let width = 4; width < 16; width++) {
      const all = [
        cut(text, width),
        safeLine(text, width),
        ...wrap(tabs, width),
        ...wrapExactly(tabs, width),
        ...wrapIndented(`  ${tabs}`, width),
      ];
      const wrong = all.filter((line) => widthOf(line) > width || line.includes('\t'));
      if (wrong.length > 0) t.same(wrong, [], `${width} columns of ${text}`);
      if (widthOf(text) > width && !cut(text, width).endsWith('…')) t.fail(`${text} is cut without a sign`);
    }
  }
  t.same(cut('漢字', 4), '漢字');
  t.same(
    [cut('漢字🎉', 4), cut('漢字🎉', 5), cut('漢字', 1), cut(red('漢字🎉'), 4)],
    ['漢…', '漢字…', '…', `${red('漢')}…`],
  );
  const table = markdownLines('| a\tb | c |\n|---|---|\n| x\ty | 漢字漢字漢字漢字 |\n| z | 1 |', {
    ...look,
    width: 20,
  });
  t.same(
    table.slice(2).map((line) => [widthOf(line) <= 20, line.includes('\t')]),
    [
      [true, false],
      [true, false],
    ],
  );
});
