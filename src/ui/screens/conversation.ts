import type { Event } from '../../core/event.ts';
import { isNothing, spendingOf } from '../../core/usage.ts';
import { counted, moneyText } from '../brief.ts';
import { filled } from '../lines.ts';
import type { Page, PageDesk } from '../page.ts';
import { replayOf } from '../replay.ts';
import { reduce, type Screen } from '../state.ts';
import { knowSubject } from '../subject.ts';
import { transcript } from '../transcript.ts';
import { asking, exportSession } from './saving.ts';

/** A session as the chat showed it. */
export function conversationPage(desk: PageDesk, session: string): Page {
  const { controller } = desk;
  const runs = [...controller.records.runs({ session })].reverse();
  const ids = new Set(runs.map(({ runId }) => runId));
  const events: Event[] = runs.flatMap(({ runId }) => controller.records.events(runId));
  const know = (screen: Screen, event: Event) =>
    event.type === 'approval.requested' ? knowSubject(controller, screen, event.data.subject) : screen;
  const view = transcript();
  const asks = asking();
  let screen = replayOf(events, know).at(events.length);
  const unsubscribe = controller.subscribe({
    event: (event) => {
      if (event.type === 'run.started' && event.data.session === session) ids.add(event.runId);
      if (!ids.has(event.runId)) return;
      events.push(event);
      screen = reduce(know(screen, event), event);
    },
    delta: () => undefined,
  });
  return {
    title: 'session',
    about: () =>
      [session, counted(ids.size, 'run'), costText(screen, desk), view.place()]
        .filter((text) => text !== '')
        .join(' · '),
    keys: [
      { keys: '↑↓', about: 'scroll' },
      { keys: 'c', about: 'go on with this session', brief: 'go on' },
      { keys: 'x', about: 'export it to a .md or .json file', brief: 'export' },
    ],
    escape: () => (asks.open() ? 'esc cancels' : undefined),
    typing: asks.keys,
    lines: (look, rows) => {
      const question = asks.lines(look);
      const body = view.lines(screen.done, look, rows - question.length);
      return [...(question.length === 0 ? body : filled(body, rows - question.length)), ...question];
    },
    press: (key) => {
      if (asks.press(key)) return true;
      const name = key.kind === 'key' ? key.name : key.text;
      if (name === 'c') desk.command(`/resume ${session}`);
      else if (name === 'x') exportSession(desk, asks, session);
      else return view.press(name);
      return true;
    },
    close: unsubscribe,
  };
}

function costText({ billed }: Screen, { controller: { facts } }: PageDesk): string {
  const { total } = spendingOf(billed, facts.priceOf);
  return isNothing(total) ? '' : moneyText(total.cost);
}
