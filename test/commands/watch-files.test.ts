import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { watchFiles } from '../../src/commands/chat/watch-files.ts';
import { folderOf } from '../folder.ts';

t.setTimeout(60_000);

/** A watched folder of a test, and what was told of it. */
function watched(t: Test) {
  const dir = folderOf(t, { 'app.yaml': 'a: 1\n', agents: { 'one.yaml': 'b: 1\n' }, 'note.md': 'x' });
  const file = (name: string) => join(dir, name);
  let told: string[] = [];
  const watch = watchFiles((files) => told.push(...files.map((path) => path.slice(dir.length + 1))));
  t.teardown(() => watch.close());
  watch.look([file('app.yaml'), file('agents/one.yaml')], [dir]);
  /** What is told until there is something. */
  const next = async () => {
    for (let tries = 0; told.length === 0 && tries < 2000; tries++) await sleep(20);
    // All that belongs to one change comes together.
    await sleep(300);
    const all = told;
    told = [];
    return [...new Set(all)].sort();
  };
  return { file, watch, next, told: () => told };
}

t.test('files that are written, put in the place of others, made and removed', async (t) => {
  const { file, next, told, watch } = watched(t);
  t.equal(watch.how(), 'watched');
  writeFileSync(file('agents/one.yaml'), 'b: 22\n');
  t.strictSame(await next(), ['agents/one.yaml']);
  writeFileSync(file('app.yaml.swp'), 'a: 3\n');
  renameSync(file('app.yaml.swp'), file('app.yaml'));
  t.strictSame(await next(), ['app.yaml'], 'a file that is put in its place');
  writeFileSync(file('agents/two.yaml'), 'c: 1\n');
  t.strictSame(await next(), ['agents/two.yaml'], 'a file that nobody named');
  writeFileSync(file('app.yaml'), 'a: 44\n');
  writeFileSync(file('agents/one.yaml'), 'b: 444\n');
  t.strictSame(await next(), ['agents/one.yaml', 'app.yaml'], 'several at once');
  rmSync(file('agents/two.yaml'));
  t.strictSame(await next(), ['agents/two.yaml']);
  writeFileSync(file('.app.yaml.tmp'), '');
  writeFileSync(file('data.sqlite'), '');
  await sleep(600);
  t.strictSame(told(), [], 'what is no file of an app');
  watch.close();
  writeFileSync(file('app.yaml'), 'a: 5555\n');
  await sleep(500);
  t.strictSame(told(), []);
});

t.test('what is saved while the change before it is taken in is told, too', async (t) => {
  const { file, next, watch, told } = watched(t);
  writeFileSync(file('agents/one.yaml'), 'b: 22\n');
  await next();
  writeFileSync(file('agents/one.yaml'), 'b: 333\n');
  writeFileSync(file('agents/two.yaml'), 'c: 1\n');
  watch.look([file('app.yaml'), file('agents/one.yaml'), file('agents/two.yaml')], [file('')]);
  t.strictSame(await next(), ['agents/one.yaml', 'agents/two.yaml']);
  t.strictSame(told(), []);
});

t.test('a folder that is made anew, as when another branch is checked out', async (t) => {
  const { file, next } = watched(t);
  rmSync(file('agents'), { recursive: true });
  t.strictSame(await next(), ['agents/one.yaml']);
  mkdirSync(file('agents'));
  writeFileSync(file('agents/one.yaml'), 'b: 7\n');
  t.strictSame(await next(), ['agents/one.yaml']);
  writeFileSync(file('agents/one.yaml'), 'b: 77\n');
  t.strictSame(await next(), ['agents/one.yaml'], 'the new folder is watched');
});
