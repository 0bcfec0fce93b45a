const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A moment in few characters, in local time: `09:41` today, `Fri 09:41` this week, `21 Nov`, `2025-11-21`. */
export function moment(iso: string, now: number): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return '';
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`;
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  const daysAgo = Math.ceil((midnight - at.getTime()) / 86_400_000);
  if (daysAgo <= 0) return time;
  if (daysAgo < 7) return `${days[at.getDay()]} ${time}`;
  if (at.getFullYear() === new Date(now).getFullYear()) return `${at.getDate()} ${months[at.getMonth()]}`;
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** The time of day to the millisecond, in local time: `09:41:33.120`. */
export function clockTime(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return '';
  const parts = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':');
  return `${parts}.${`${at.getMilliseconds()}`.padStart(3, '0')}`;
}

function two(part: number): string {
  return `${part}`.padStart(2, '0');
}
