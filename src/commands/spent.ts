import { dollars } from '../core/amounts.ts';
import type { Spent } from '../core/usage.ts';

/** What a run has used, on one line: `4 steps, 12,345 tokens in (93% cached), 678 out, $0.0123`. */
export function spentLine({ steps, input, output, cachedShare, cost, unpriced }: Spent): string {
  const count = (number: number) => number.toLocaleString('en-US');
  const price = cost === null ? `cost unknown (${unpriced.join(', ')})` : dollars(cost);
  const share = `${Math.floor(cachedShare * 100)}% cached`;
  return `${steps} ${steps === 1 ? 'step' : 'steps'}, ${count(input)} tokens in (${share}), ${count(output)} out, ${price}`;
}
