import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { attach } from '../../src/commands/chat/attach.ts';
import { splitPrompt, withAttachments } from '../../src/ui/attachments.ts';
import { type Editor, emptyEditor, insert, insertPaste, wholeText, withText } from '../../src/ui/editor.ts';
import { editorLines } from '../../src/ui/editor-lines.ts';
import { type Key, keyReader } from '../../src/ui/keys.ts';
import { widthOf } from '../../src/ui/lines.ts';
import { liveLines } from '../../src/ui/live.ts';
import { theme } from '../../src/ui/paint.ts';
import { typed } from '../../src/ui/typed.ts';
import { appFolder } from '../commands/cli.ts';
import { cpuTime } from '../cpu-time.ts';
import { chatOver, scriptedController } from './open-chat.ts';

t.setTimeout(120_000);

const keys = (...names: readonly string[]): Key[] => names.map((name) => ({ kind: 'key', name }));
const text = (value: string): Key => ({ kind: 'text', text: value });
const after = (all: readonly Key[], from: Editor = emptyEditor) =>
  all.reduce<Editor>((editor, key) => typed(editor, key) ?? editor, from);
const letters = (value: string) => [...value].map(text);

t.test('undo takes back a word at a time, redo brings it again', async (t) => {
  const written = after(letters('lower the price'));
  const back = (count: number) => after(Array.from({ length: count }, () => keys('ctrl+_')).flat(), written).text;
  t.same([1, 2, 3, 4].map(back), ['lower the', 'lower', '', '']);
  const again = after(keys('ctrl+_', 'ctrl+_', 'alt+_'), written);
  t.equal(again.text, 'lower the');
  t.equal(after([...keys('alt+_', 'alt+_')], again).text, 'lower the price', 'and no further');
  const other = after([text('s'), ...keys('alt+_')], again);
  t.equal(other.text, 'lower thes', 'what was undone is gone once something else is written');
});

t.test('undo brings back what was cut, pasted, and where the caret was', async (t) => {
  const cutOut = after(keys('ctrl+w'), withText('one two'));
  t.equal(cutOut.text, 'one ');
  const back = after(keys('ctrl+-'), cutOut);
  t.match(back, { text: 'one two', caret: 7 });
  const pasted = typed(back, { kind: 'paste', text: 'x\n'.repeat(30) }) ?? back;
  t.match(pasted.text, /one two\[paste 1: 31 lines\]/);
  const undone = after(keys('ctrl+_'), pasted);
  t.equal(undone.text, 'one two');
  t.equal(wholeText(after(keys('alt+_'), undone)), `one two${'x\n'.repeat(30)}`, 'with its content');
  const many = after(Array.from({ length: 500 }, () => [text('a'), ...keys('left')]).flat());
  t.equal(many.trail.past.length, 200, 'only so much is kept');
});

t.test('a line that was cleared or searched for comes back', async (t) => {
  const { controller } = await scriptedController(t, { coordinator: [{ say: 'Hello.' }] });
  const { chat, press, type } = chatOver(t, controller);
  type('a long thought');
  press('ctrl+c');
  t.equal(chat.view().editor.text, '');
  press('ctrl+_');
  t.equal(chat.view().editor.text, 'a long thought');
});

t.test('more is offered than is shown; a search stays at the oldest that fits', async (t) => {
  const { controller } = await scriptedController(t, { coordinator: [{ say: 'Hello.' }, { say: 'Hello.' }] });
  controller.history.add('an old question');
  const { chat, press, type } = chatOver(t, controller);
  const lines = () => liveLines(chat.view(), { width: 60, theme: theme('none'), plain: false }, 24);
  type('/');
  const all = chat.view().menu?.items.length ?? 0;
  t.ok(all > 20);
  t.equal(lines().filter((line) => / \/[a-z]+ /.test(line)).length, 6);
  press('up');
  t.ok(lines().some((line) => line.startsWith('❯ /quit')));
  t.match(lines().join('\n'), new RegExp(`choose · ${all} of ${all}`));
  press('esc', 'ctrl+c', 'ctrl+r');
  type('old');
  press('ctrl+r', 'ctrl+r');
  t.match(lines().join('\n'), /search: old.*→ an old question/);
});

t.test('what looks like the place of a paste is not one', async (t) => {
  const fake = '[paste 2: 12 lines]';
  const first = insertPaste(emptyEditor, `${fake}\n${'x\n'.repeat(20)}`);
  const both = insertPaste(insert(first, ' and '), 'y\n'.repeat(11));
  t.equal(wholeText(both), `${fake}\n${'x\n'.repeat(20)} and ${'y\n'.repeat(11)}`);
  t.equal(wholeText(insert(emptyEditor, '[paste 7: 3 lines]')), '[paste 7: 3 lines]');
});

t.test('ten megabytes are pasted, and the next key is there at once', async (t) => {
  const { controller } = await scriptedController(t, { coordinator: [{ say: 'Hello.' }] });
  const { chat } = chatOver(t, controller);
  const look = { width: 80, theme: theme('none'), plain: false };
  const large = Buffer.from(`\u001b[200~${`${'lorem ipsum 漢字 '.repeat(4)}\r`.repeat(140_000)}\u001b[201~`);
  t.ok(large.length > 10e6);
  const reader = keyReader();
  const begun = cpuTime();
  for (let at = 0; at < large.length; at += 65_536) {
    const read = reader.push(large.subarray(at, at + 65_536));
    if (read.length > 0) chat.press(read);
  }
  t.match(chat.view().editor.text, /^\[paste 1: 140001 lines\]$/);
  const pasted = cpuTime();
  for (const letter of 'x @ /') {
    chat.press([text(letter)]);
    liveLines(chat.view(), look, 24);
  }
  const over = cpuTime();
  // A hundredth of it is usual; a machine with much to do gets more.
  t.ok(pasted - begun < 10_000, `pasted in ${Math.round(pasted - begun)} ms`);
  t.ok(over - pasted < 1000, `five keys in ${Math.round(over - pasted)} ms`);
  // The same written with an editor: it stands in the line itself.
  chat.press([{ kind: 'key', name: 'ctrl+u' }]);
  const whole = withText(`${'@lorem/'.repeat(700_000)}\n${'x'.repeat(5e6)}`);
  const long = cpuTime();
  let editor = whole;
  for (const key of [text('y'), ...keys('left', 'alt+b', 'backspace', 'up', 'ctrl+_')])
    editor = typed(editor, key) ?? editor;
  editorLines(editor, '› ', look, 8);
  t.ok(cpuTime() - long < 3000, `six keys in a text of ten megabytes in ${Math.round(cpuTime() - long)} ms`);
});

t.test('wide characters and emoji at the edge: no row is too wide, no character is torn', async (t) => {
  const samples = [
    '漢字漢字漢字 漢字',
    'a漢b字 c漢',
    '👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦 ab',
    'e\u0301e\u0301 e\u0301',
    '🇩🇪🇫🇷🇬🇧',
    'one two three',
  ];
  const segments = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  const marks = { ...theme('none'), caret: (under: string) => `<${under}>` };
  for (const sample of samples) {
    const places = [...[...segments.segment(sample)].map(({ index }) => index), sample.length];
    for (let width = 6; width < 16; width++) {
      for (const caret of places) {
        const rows = editorLines(
          { ...emptyEditor, text: sample, caret },
          '› ',
          { width, theme: marks, plain: false },
          20,
        );
        const bare = rows.map((row) => row.slice(2));
        const joined = bare.join('');
        t.equal(joined.replace(/<(.*?)>/su, '$1').trimEnd(), sample.trimEnd(), `${sample} in ${width}`);
        t.equal(joined.indexOf('<'), caret, 'the caret is where it is');
        const widest = Math.max(...rows.map((row) => widthOf(row.replace(/[<>]/g, ''))));
        t.ok(widest <= width, `${widest} of ${width} columns`);
      }
    }
  }
});

t.test('files that a prompt mentions go along, with their size', async (t) => {
  const { app, controller, cwd } = await scriptedController(t, { coordinator: [{ say: 'Hello.' }] });
  const folder = join(cwd, appFolder);
  writeFileSync(join(folder, 'notes.md'), 'Keep it.\n```sql\nSELECT 1;\n```\n');
  writeFileSync(join(cwd, 'top.txt'), 'of the project');
  const prompt = 'What of @notes.md, and @top.txt? Ask @planner.';
  const { prompt: sent, problems } = attach(app, prompt, () => [{ name: 'planner', what: 'agent' }]);
  t.same(problems, []);
  t.equal(
    sent,
    `${prompt}\n\nContent of @notes.md (30 bytes):\n\`\`\`\`\nKeep it.\n\`\`\`sql\nSELECT 1;\n\`\`\`\n\`\`\`\`\n\n` +
      'Content of @top.txt (14 bytes):\n```\nof the project\n```',
  );
  const files = [
    { name: 'notes.md', size: '30 bytes' },
    { name: 'top.txt', size: '14 bytes' },
  ];
  t.same(splitPrompt(sent), { written: prompt, files });
  t.equal(attach(app, prompt, () => [{ name: 'notes.md', what: 'table' }]).prompt.includes('notes.md ('), false);
  await controller.send('Look at @notes.md');
  const [run] = controller.records.runs();
  t.match(run?.prompt, /^Look at @notes\.md\n\nContent of @notes\.md/);
});

t.test('a file that cannot go along keeps the line: outside, hidden, binary; a large one is cut', async (t) => {
  const { app, controller, cwd } = await scriptedController(t, { coordinator: [{ say: 'Hello.' }] });
  const folder = join(cwd, appFolder);
  symlinkSync(process.execPath, join(folder, 'link.txt'));
  writeFileSync(join(cwd, '.env'), 'KEY=1');
  writeFileSync(join(folder, 'picture.png'), Buffer.from([0x89, 0x50, 0, 1]));
  writeFileSync(join(folder, 'latin.txt'), Buffer.from([0x66, 0xfc, 0x72]));
  writeFileSync(join(folder, 'large.txt'), '0123456789 漢字\n'.repeat(20_000));
  mkdirSync(join(folder, 'folder'));
  const refused = (word: string) => attach(app, `See @${word}`, () => []).problems;
  t.same(refused('link.txt'), ['@link.txt: the file is outside the project']);
  t.match(refused('../../../../../../../etc/hostname'), [/outside the project/]);
  t.same(refused('.env'), ['@.env: hidden files are not sent']);
  t.same(refused('picture.png'), ['@picture.png: the file is no UTF-8 text']);
  t.same(refused('latin.txt'), ['@latin.txt: the file is no UTF-8 text']);
  for (const none of ['folder', 'nothing.txt', '', '@', '/', '..'])
    t.same(refused(none), [], `@${none} is only a word`);
  const large = attach(app, 'See @large.txt', () => []);
  const [file] = splitPrompt(large.prompt).files;
  t.match(file?.size, /^the first 100\.0 kB of 360\.0 kB$/);
  t.ok(large.prompt.length < 101_000);
  t.match(large.prompt, /漢字\n```$/, 'it ends with a whole line');
  const four = ['a', 'b', 'c', 'd'].map((name) => {
    writeFileSync(join(folder, `${name}.txt`), 'x'.repeat(100_000));
    return `@${name}.txt`;
  });
  t.same(attach(app, four.join(' '), () => []).problems, ['@d.txt: the files together are larger than 300.0 kB']);
  const { chat, type, press } = chatOver(t, controller);
  type('Look at @.env');
  press('enter');
  t.equal(chat.view().editor.text, 'Look at @.env');
  t.match(JSON.stringify(chat.screen().done.at(-1)), /Not sent: @\.env: hidden files are not sent/);
});

t.test('a prompt is taken apart as it was put together, whatever its files hold', async (t) => {
  const nested = withAttachments('inner', [{ name: 'x', text: 'y', size: '1 bytes' }]);
  const files = [
    { name: 'a.md', text: nested, size: '9 bytes' },
    { name: 'b.md', text: '````\n```', size: '8 bytes' },
  ];
  t.same(splitPrompt(withAttachments('outer', files)), {
    written: 'outer',
    files: files.map(({ name, size }) => ({ name, size })),
  });
  t.same(splitPrompt('no files'), { written: 'no files', files: [] });
});
