/** Why a run did not end as it should: `the run is failed, not done: …`; undefined when it did. */
export function statusProblem(
  expected: string,
  { status, error }: { readonly status: string; readonly error?: { readonly message: string } },
): string | undefined {
  if (status === expected) return undefined;
  return `the run is ${status}, not ${expected}${error === undefined ? '' : `: ${error.message}`}`;
}
