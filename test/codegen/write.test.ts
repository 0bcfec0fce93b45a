import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { compareOrWrite } from '../../src/codegen/write.ts';

t.test('a file is written only when it changes, and never with check', async (t) => {
  const folder = t.testdir({});
  const file = join(folder, 'generated', 'plans.ts');
  t.equal(compareOrWrite(file, 'one\n', true), 'stale', 'missing');
  t.same(readdirSync(folder), [], 'a check leaves no folder behind');
  t.equal(compareOrWrite(file, 'one\n', false), 'written');
  t.equal(compareOrWrite(file, 'one\n', true), 'unchanged');
  const longAgo = new Date(0);
  utimesSync(file, longAgo, longAgo);
  t.equal(compareOrWrite(file, 'one\n', false), 'unchanged');
  t.equal(statSync(file).mtimeMs, 0, 'not touched');
  t.equal(compareOrWrite(file, 'two\n', true), 'stale');
  t.equal(readFileSync(file, 'utf8'), 'one\n');
  t.equal(compareOrWrite(file, 'two\n', false), 'written');
  t.equal(readFileSync(file, 'utf8'), 'two\n');
  t.same(readdirSync(join(folder, 'generated')), ['plans.ts'], 'no temporary file is left');
});

t.test('a disk that refuses is one clear error', async (t) => {
  const folder = t.testdir({ file: '' });
  const inFile = join(folder, 'file', 'plans.ts');
  t.throws(() => compareOrWrite(inFile, 'x', false), { code: 'disk-unavailable', message: /^cannot .*plans\.ts: / });
  const occupied = join(folder, 'plans.ts');
  mkdirSync(occupied);
  writeFileSync(join(occupied, 'keep'), '');
  t.throws(() => compareOrWrite(occupied, 'x', false), { code: 'disk-unavailable' });
  t.same(readdirSync(folder).sort(), ['file', 'plans.ts']);
});
