import type { Event } from '../core/event.ts';
import { counted } from './brief.ts';
import type { ChatController, ChatFacts } from './controller.ts';
import type { Item, ItemContent } from './items.ts';
import { replayed } from './replayed.ts';
import { add, reduce, type Screen } from './state.ts';

/** So much of an earlier conversation is written again; the rest is in its record. */
const mostItems = 80;

/** The screen of a chat that opens: the end of what was said before, where it goes on with something. */
export function opened(controller: ChatController): Screen {
  const screen = screenOf(controller);
  return { ...screen, done: numbered([], lastOf(screen.done)) };
}

/** The screen of a chat that has gone to another conversation: below what the terminal holds, it begins anew. */
export function entered(controller: ChatController, done: Screen['done']): Screen {
  const screen = screenOf(controller);
  const { workspace, session, forkedFrom } = controller.facts;
  const from = forkedFrom === undefined ? '' : ` · fork of run ${forkedFrom}`;
  const heading = {
    kind: 'note',
    text: `─── workspace ${workspace} · session ${session}${from} ───`,
    tone: 'good',
  } as const;
  return { ...screen, done: [...done, ...numbered(done, [heading, ...lastOf(screen.done)])] };
}

/** The screen of a conversation. A run that goes on stands at its end, also where others were begun after it. */
function screenOf({ facts, earlier, resume }: ChatController): Screen {
  const last = earlier.at(-1)?.runId;
  if (!resume || last === undefined || last === resume.runId) return ownBills(replayed(earlier), facts, earlier);
  const isGoingOn = ({ runId }: Event) => runId === resume.runId;
  const others = replayed(earlier.filter((event) => !isGoingOn(event)));
  const heading = { kind: 'note', text: `─── run ${resume.runId} goes on ───`, tone: 'good' } as const;
  return ownBills(earlier.filter(isGoingOn).reduce(reduce, add(others, heading)), facts, earlier);
}

/** What another session has cost is not this one's affair. */
function ownBills(screen: Screen, { session }: ChatFacts, earlier: ChatController['earlier']): Screen {
  const own = new Set(
    earlier.flatMap((event) => (event.type === 'run.started' && event.data.session === session ? [event.runId] : [])),
  );
  return { ...screen, billed: screen.billed.filter(({ runId }) => own.has(runId)) };
}

/** The last items, from a prompt on where there is one among them. */
function lastOf(items: readonly Item[]): readonly ItemContent[] {
  if (items.length <= mostItems) return items;
  const tail = items.slice(-mostItems);
  const from = Math.max(
    0,
    tail.findIndex(({ kind }) => kind === 'prompt'),
  );
  const left = items.length - mostItems + from;
  const text = `… ${counted(left, 'earlier card')} left out; /sessions shows the whole conversation`;
  return [{ kind: 'note', text, tone: 'plain' }, ...tail.slice(from)];
}

function numbered(before: readonly Item[], items: readonly ItemContent[]): readonly Item[] {
  return items.map((item, at) => ({ ...item, id: before.length + at + 1 }));
}
