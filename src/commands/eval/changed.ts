import { spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { HarnessError } from '../../core/errors.ts';
import type { LoadedCase } from '../../core/eval-case.ts';
import type { SuiteCase } from './choose.ts';

/**
 * Cases whose own files or whose app changed since a git reference, committed or not.
 * @throws HarnessError `invalid-usage` outside of a git repository, and for an unknown reference
 */
export function changedSince(cases: readonly SuiteCase[], root: string, reference: string | true): SuiteCase[] {
  const since = reference === true ? 'HEAD' : reference;
  const top = git(root, ['rev-parse', '--show-toplevel']).trim();
  // A reference never is an option: git is told where the options end.
  const commit = git(root, ['rev-parse', '--verify', '--end-of-options', `${since}^{commit}`]).trim();
  const files = (...args: readonly string[]) =>
    git(root, [...args, '-z', '--', '.'])
      .split('\0')
      .filter((name) => name !== '')
      .map((name) => resolve(top, name));
  const changed = [
    ...files('diff', '--name-only', commit),
    ...files('ls-files', '--others', '--exclude-standard', '--full-name'),
  ];
  const tracked = new Set(files('ls-files', '--full-name'));
  return cases.filter(({ app, loaded }) => {
    const file = realpathSync(loaded.file);
    // Of a file that git does not know, nobody can say that it did not change.
    if (!tracked.has(file)) return true;
    const own = new Set([file, loaded.cassette, loaded.rows, ...filesOf(loaded)]);
    return changed.some((each) => own.has(each) || each.startsWith(app.dir + sep));
  });
}

/** Files that assertions name. What a module imports in turn is not looked at. */
function filesOf({ file, definition }: LoadedCase): string[] {
  return (definition.assert ?? []).flatMap((assertion) => {
    const named =
      assertion.kind === 'javascript' ? assertion.file : assertion.kind === 'rubric' && assertion.calibration;
    return named ? [resolve(dirname(file), named)] : [];
  });
}

function git(cwd: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync('git', args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status === 0) return stdout;
  const why = error ? 'git cannot be started' : (stderr.trim().split('\n')[0] ?? '');
  throw new HarnessError('invalid-usage', `--changed needs a git repository and a reference in it: ${why}`);
}
