import t from 'tap';
import { tryApp } from './app-files.ts';

t.test('sound', async (t) => {
  const { app, lines, scripts } = await tryApp(t);
  t.strictSame(lines, []);
  t.ok(app);
  t.strictSame(
    scripts.map((s) => s.name),
    ['price', 'stock'],
  );
});
