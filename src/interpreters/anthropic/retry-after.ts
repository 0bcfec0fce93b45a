/** Milliseconds that a provider's headers ask to wait: `retry-after-ms`, or `retry-after` in seconds or as a date. */
export function retryAfterMs(header: (name: string) => string | null, now = Date.now()): number | undefined {
  const exact = Number.parseFloat(header('retry-after-ms') ?? '');
  if (exact >= 0) return exact;
  const written = header('retry-after');
  if (written === null) return undefined;
  if (/^\s*\d+(\.\d+)?\s*$/.test(written)) return Number(written) * 1000;
  const date = Date.parse(written);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
