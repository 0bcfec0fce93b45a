import type { Event } from '../../core/event.ts';
import { duration } from '../brief.ts';
import { runningLine } from '../cards.ts';
import { cut, filled, safeLine } from '../lines.ts';
import type { Page, PageDesk } from '../page.ts';
import type { Look } from '../paint.ts';
import { replayOf } from '../replay.ts';
import { active, type Screen } from '../state.ts';
import { knowSubject } from '../subject.ts';
import { eventWords } from '../trace/event-words.ts';
import { transcript } from '../transcript.ts';

export interface ReplayPart {
  readonly title: string;
  readonly events: readonly Event[];
  /** How many of the events have happened at first. */
  readonly at: number;
  /** Whether the workspace's record knows the plans that the events name. */
  readonly stored: boolean;
}

/** How many times as fast as it was. */
const speeds = [1, 4, 16, 64] as const;
/** Nobody waits longer for the next event. Milliseconds. */
const longestPause = 1500;

/** Where a replay stands. */
interface Player {
  /** How many events have happened. */
  at(): number;
  speed(): number;
  playing(): boolean;
  /** What a key does; false for a key that means nothing. */
  press(key: string): boolean;
  stop(): void;
}

/** @param moved told of each move that the player itself makes */
function openPlayer(events: readonly Event[], first: number, moved: () => void): Player {
  let at = first;
  let speed = 0;
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  const go = (count: number) => {
    at = Math.max(0, Math.min(events.length, count));
  };
  const play = () => {
    stop();
    if (at >= events.length) return;
    timer = setTimeout(
      () => {
        go(at + 1);
        play();
        moved();
      },
      pauseBefore(events, at) / (speeds[speed] ?? 1),
    );
  };
  const atSpeed = (change: number) => {
    speed = Math.max(0, Math.min(speeds.length - 1, speed + change));
    if (timer) play();
  };
  const toggle = () => {
    if (timer) return stop();
    if (at >= events.length) go(0);
    play();
  };
  const targets: Readonly<Record<string, () => number>> = {
    ' ': () => at + 1,
    right: () => at + 1,
    left: () => at - 1,
    backspace: () => at - 1,
    home: () => 0,
    end: () => events.length,
  };
  const others: Readonly<Record<string, () => void>> = { p: toggle, '+': () => atSpeed(1), '-': () => atSpeed(-1) };
  return {
    at: () => at,
    speed: () => speeds[speed] ?? 1,
    playing: () => timer !== undefined,
    press: (key) => {
      const target = targets[key];
      if (target) {
        stop();
        go(target());
      }
      others[key]?.();
      return target !== undefined || others[key] !== undefined;
    },
    stop,
  };
}

/** A stored run, as the chat showed it, event by event. */
export function replayPage(desk: PageDesk, { title, events, at: first, stored }: ReplayPart): Page {
  const replay = replayOf(events, (screen, event) =>
    stored && event.type === 'approval.requested' ? knowSubject(desk.controller, screen, event.data.subject) : screen,
  );
  const view = transcript();
  const player = openPlayer(events, first, () => {
    view.toEnd();
    desk.changed();
  });
  return {
    title: 'replay',
    about: () => {
      const how = `${player.playing() ? 'playing' : 'stopped'} ${player.speed()}×`;
      return `${how} · event ${player.at()} of ${events.length} · ${title}`;
    },
    keys: [
      { keys: '→ space', about: 'the next event', brief: 'next' },
      { keys: '←', about: 'the event before', brief: 'back' },
      { keys: 'p', about: 'play, or stop', brief: 'play' },
      { keys: '+ -', about: 'faster, slower', brief: 'speed' },
      { keys: 'home end', about: 'before the first event, after the last one', brief: 'ends' },
      { keys: '↑↓', about: 'scroll' },
    ],
    lines: (look, rows) => {
      const screen = replay.at(player.at());
      const foot = footLines(screen, events, player.at(), look).slice(-Math.max(1, rows - 1));
      const body = view.lines(screen.done, look, rows - foot.length);
      return [...(look.plain ? body : filled(body, rows - foot.length)), ...foot];
    },
    press: (key) => {
      const name = key.kind === 'key' ? key.name : key.text;
      if (!player.press(name)) return view.press(name);
      view.toEnd();
      return true;
    },
    close: player.stop,
  };
}

function pauseBefore(events: readonly Event[], at: number): number {
  const [before, next] = [events[at - 1], events[at]];
  if (!before || !next) return 0;
  return Math.min(longestPause, Math.max(0, Date.parse(next.at) - Date.parse(before.at)));
}

/** What is at work, and what comes next. */
function footLines(screen: Screen, events: readonly Event[], at: number, look: Look): string[] {
  const { theme, width, plain } = look;
  const [start, last, next] = [events[0], events[at - 1], events[at]];
  const now = last ? Date.parse(last.at) : 0;
  const running = screen.running
    .filter(({ tool }) => tool !== 'call_agent')
    .flatMap((card) => runningLine(card, look, now));
  const agent = active(screen)?.agent;
  const since = start && last ? duration(now - Date.parse(start.at)) : '0.0s';
  const work = agent === undefined ? [] : [theme.dim(cut(`${plain ? '' : '● '}${safeLine(agent, 40)} at work`, width))];
  const after = next && last ? ` (+${duration(Math.max(0, Date.parse(next.at) - now))})` : '';
  const what = next ? `next ${plain ? '' : '▸ '}#${next.seq} ${eventWords(next)}${after}` : 'that was the last event';
  return [...running, ...work, theme.cyan(safeLine(` ${since}  ${what}`, width))];
}
