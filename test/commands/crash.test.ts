import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';

t.setTimeout(600_000);

const program = fileURLToPath(new URL('../../bench/crash.mjs', import.meta.url));

t.test('chats killed at random moments: no event lost, no action twice, no plan misjudged', async (t) => {
  const printed = await new Promise<string>((resolve) => {
    execFile(process.execPath, [program, '12', '--json'], (_error, stdout, stderr) => resolve(stdout || stderr));
  });
  t.match(printed, /^\{/);
  const report = JSON.parse(printed);
  t.strictSame(report.faults, []);
  t.equal(report.kills, 12);
  t.ok(report.events > 0, 'some were killed after they had printed something');
});
