import { EventEmitter } from 'node:events';
import { type Instance, type RenderOptions, render, Static } from 'ink';
import { memo, useMemo, useSyncExternalStore } from 'react';
import { itemLines } from './cards.ts';
import type { Chat } from './chat.ts';
import { DrawnLines } from './drawn-lines.tsx';
import type { FrameStream } from './frame-stream.ts';
import type { Item } from './items.ts';
import { fit } from './lines.ts';
import { liveLines } from './live.ts';
import type { Pages } from './pages.ts';
import { type Look, type Theme, theme } from './paint.ts';

/** What is finished: written once, into the terminal's own history. Drawn anew only when there is more of it. */
const History = memo(function History({ items, look }: { readonly items: readonly Item[]; readonly look: Look }) {
  return (
    <Static items={items as Item[]}>{(item) => <DrawnLines key={item.id} lines={itemLines(item, look)} />}</Static>
  );
});

/**
 * Writes what was finished before anything is drawn. Ink, which lays out every character of it, would take longer than
 * for all else together.
 * @returns how many items that are
 */
function writeEarlier({ chat, frames }: ChatProps): number {
  const { screen, theme: name } = chat.view();
  const look: Look = { width: Math.max(1, frames.size().columns - 1), theme: theme(name), plain: false };
  const texts = screen.done.map((item) => itemLines(item, look).join('\n')).filter((text) => text !== '');
  if (texts.length > 0) process.stdout.write(`${texts.join('\n')}\n`);
  return screen.done.length;
}

interface ChatProps {
  readonly chat: Chat;
  readonly frames: FrameStream;
}

interface ScreenProps extends ChatProps {
  /** So many of the finished items have been written already. */
  readonly written: number;
}

function ChatScreen({ chat, frames, written }: ScreenProps) {
  const view = useSyncExternalStore(chat.subscribe, chat.view);
  const { columns, rows } = frames.size();
  // One column stays free: a full line would make some terminals wrap.
  const width = Math.max(1, columns - 1);
  // The same object as long as it says the same: what is finished is drawn anew with another one.
  const look: Look = useMemo(() => ({ width, theme: theme(view.theme), plain: false }), [width, view.theme]);
  const { done } = view.screen;
  const items = useMemo(() => done.slice(written), [done, written]);
  return (
    <>
      <History items={items} look={look} />
      <DrawnLines lines={liveLines(view, look, rows)} />
    </>
  );
}

/** Keys and leaving are ours. Whoever reads with `INK_SCREEN_READER` gets what is drawn, not what Ink would lay out. */
const ours: RenderOptions = { exitOnCtrlC: false, patchConsole: false, isScreenReaderEnabled: false };

/** Draws a chat until it is unmounted. */
export function drawChat(props: ChatProps): Instance {
  const screen = <ChatScreen {...props} written={writeEarlier(props)} />;
  // What is typed is shown at once, also beside text that streams.
  return render(screen, { ...ours, stdout: props.frames.stream, maxFps: 60 });
}

function PageScreen({ pages, theme }: { readonly pages: Pages; readonly theme: Theme }) {
  useSyncExternalStore(pages.subscribe, pages.version);
  const { columns = 80, rows = 24 } = process.stdout;
  const look: Look = { width: Math.max(1, (columns || 80) - 1), theme, plain: false };
  const lines = pages.lines(look, Math.max(1, (rows || 24) - 1));
  return <DrawnLines lines={lines.map((line) => fit(line, columns || 80))} />;
}

/** Draws the pages in the whole terminal until they are unmounted. */
export function drawPages(pages: Pages, theme: Theme): Instance {
  const { stdout } = process;
  // A frame erases the last one: the terminal shows both at once. Ink's incremental rendering leaves lines behind.
  const write = (text: string, ...rest: (() => void)[]) => stdout.write(`\u001b[?2026h${text}\u001b[?2026l`, ...rest);
  const stream = Object.defineProperties(
    Object.assign(new EventEmitter(), { write, isTTY: true }),
    // Ink clears the whole terminal for a frame as high as the screen; ours leaves its last row free.
    { columns: { get: () => stdout.columns || 80 }, rows: { get: () => 100_000 } },
  ) as unknown as NodeJS.WriteStream;
  return render(<PageScreen pages={pages} theme={theme} />, { ...ours, stdout: stream });
}
