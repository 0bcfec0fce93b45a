import type { Progress } from '../data/catalog/refresh.ts';
import { note } from './console.ts';

/** How often a line is printed at most, in milliseconds. */
const pause = 1000;

/** Tells on stderr how far the work on a catalog has come: not at all when it is done at once. */
export function catalogProgress(): (progress: Progress) => void {
  let next = performance.now() + pause;
  return (progress) => {
    const now = performance.now();
    if (now < next) return;
    next = now + pause;
    note(progressText(progress));
  };
}

function progressText({ phase, table, done, total, looked }: Progress): string {
  const words = { inspect: 'inspecting', profile: 'profiling', index: 'indexing' } as const;
  const rows = looked === undefined ? '' : `, ${looked.toLocaleString('en-US')} rows`;
  const count = phase === 'inspect' ? `${done}` : `${done + 1} of ${total}`;
  return `${words[phase]} ${table ?? ''} (${count}${rows})`;
}
