const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** A time in the past in a few words: `just now`, `5 min ago`, `3 h ago`, `2 days ago`, `2026-03-01`. */
export function ago(then: number, now: number): string {
  const past = now - then;
  if (past < minute) return 'just now';
  if (past < hour) return `${Math.floor(past / minute)} min ago`;
  if (past < day) return `${Math.floor(past / hour)} h ago`;
  const days = Math.floor(past / day);
  if (days < 30) return `${days} ${days === 1 ? 'day' : 'days'} ago`;
  const at = new Date(then);
  const two = (part: number) => String(part).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}
