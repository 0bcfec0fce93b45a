import type { Ink } from './load-ink.ts';
import type { Pages } from './pages.ts';
import type { Theme } from './paint.ts';
import type { Tty } from './terminal.ts';

/** What is drawn over the chat. */
export interface Overlay {
  /** Whether keys are for a page. */
  open(): boolean;
  show(): void;
  hide(): void;
  /** Draws the page anew. @returns false where there is none */
  again(): boolean;
}

export function pageDrawing(
  ink: Ink,
  paints: () => Theme,
  stage: () => { readonly pages: Pages; readonly tty: Tty },
  shown: () => void,
): Overlay {
  let drawing: ReturnType<Ink['drawPages']> | undefined;
  const overlay: Overlay = {
    open: () => drawing !== undefined,
    show: () => {
      stage().tty.alternate(true);
      drawing = ink.drawPages(stage().pages, paints());
      shown();
    },
    hide: () => {
      drawing?.unmount();
      drawing = undefined;
      stage().tty.alternate(false);
    },
    again: () => {
      if (!drawing) return false;
      drawing.unmount();
      process.stdout.write('\u001b[2J\u001b[H');
      drawing = ink.drawPages(stage().pages, paints());
      return true;
    },
  };
  return overlay;
}
