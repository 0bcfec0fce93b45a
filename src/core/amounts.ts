/** Costs below this are only said to be smaller: no step of a model costs less. */
const leastShown = 0.00001;

/**
 * A cost in US dollars, as it is written everywhere: at least two places, and more where there would be too little to
 * tell: `$12.30`, `$0.42`, `$0.0048`, `$0.00012`. Nothing that cost something is shown as `$0.00`.
 */
export function dollars(cost: number): string {
  if (cost > 0 && cost < leastShown) return '<$0.00001';
  const places = cost > 0 ? Math.min(5, Math.max(2, 2 - Math.floor(Math.log10(cost)))) : 2;
  const text = cost.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: places });
  return `$${text}`;
}

/** A number of seconds: tenths, and below one second as many places as say how long it was: `12.5`, `0.012`. */
export function seconds(count: number): string {
  const places = count < 1 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 1 };
  return count.toLocaleString('en-US', places);
}
