import t from 'tap';
import type { Event } from '../../src/core/event.ts';
import type { ChatController } from '../../src/ui/controller.ts';
import { entered, opened } from '../../src/ui/entered.ts';
import type { ItemContent } from '../../src/ui/items.ts';
import { add, blank } from '../../src/ui/state.ts';
import { play } from '../app.ts';

const texts = (items: readonly ItemContent[]) => items.flatMap((item) => ('text' in item ? [item.text] : []));

t.test('the end of a long conversation, below what is there', async (t) => {
  const { events } = await play(t, { coordinator: [{ say: 'An answer.' }] });
  const [first] = events;
  const session = first?.type === 'run.started' ? first.data.session : '';
  /** The same run again and again, the older ones in another session. */
  const earlier = Array.from({ length: 100 }, (_, at) =>
    events.map((event): Event => {
      const own = { ...event, runId: `r-${at}` };
      if (own.type !== 'run.started') return own;
      return { ...own, data: { ...own.data, prompt: `question ${at}`, session: at < 98 ? 's-before' : session } };
    }),
  ).flat();
  const billed = earlier.map((event): Event => {
    if (event.type !== 'step.finished') return event;
    return { ...event, data: { ...event.data, step: { ...event.data.step, model: 'm' } } };
  });
  const facts = { workspace: 'north', session, forkedFrom: 'r-97' };
  const controller = { facts, earlier: billed } as unknown as ChatController;

  const before = add(add(blank, { kind: 'note', text: 'one', tone: 'plain' }), { kind: 'prompt', text: 'two' });
  const screen = entered(controller, before.done);
  t.strictSame(screen.done.slice(0, 2), before.done, 'what the terminal holds stays');
  t.strictSame(
    screen.done.map(({ id }) => id),
    screen.done.map((_, at) => at + 1),
    'items are numbered on',
  );
  const said = texts(screen.done.slice(2));
  t.equal(said[0], `─── workspace north · session ${session} · fork of run r-97 ───`);
  t.match(said[1], /^… \d+ earlier cards left out; \/sessions shows the whole conversation$/);
  const left = Number(/\d+/.exec(said[1] ?? '')?.[0]);
  t.equal(left + screen.done.length - 4, 300, 'three cards for each run');
  t.match(said[2], /^question \d\d$/, 'it begins with a prompt');
  t.match(said.at(-1), 'An answer.');
  t.ok(screen.done.length < 90);
  t.strictSame([...new Set(screen.billed.map(({ runId }) => runId))], ['r-98', 'r-99'], 'only what it cost itself');

  t.match(texts(opened(controller).done)[0], /earlier cards left out/);
  const short = entered({ ...controller, facts, earlier: billed.slice(0, 10) } as unknown as ChatController, []);
  t.notMatch(texts(short.done).join('\n'), /left out/);
});
