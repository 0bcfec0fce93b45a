/**
 * The table of a target database in which its dispatcher writes down what it has applied, by key. Nobody else is shown
 * it.
 */
export const actionTable = 'harness_actions';

/** Names in SQL are the same in upper and lower case. */
export function isActionTable(name: string): boolean {
  return name.toLowerCase() === actionTable;
}
