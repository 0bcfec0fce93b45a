import type { Test } from 'tap';

type Content = Parameters<Test['testdir']>[0];

/**
 * A folder of the test's own. It is removed when all that the test set up is torn down: tap keeps the order in which the
 * first teardown and the folder were asked for, and removes a folder under a process otherwise.
 */
export function folderOf(t: Test, content: Content = {}): string {
  t.teardown(() => undefined);
  return t.testdir(content);
}
