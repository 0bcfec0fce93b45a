import type { ApprovalMode } from '../core/approval-mode.ts';
import type { ChatDesk } from './chat-desk.ts';

/** What Shift+Tab does: one mode on. Automatic approval needs a second press, so that nobody slips into it. */
export function nextMode(desk: ChatDesk, confirmed: boolean): void {
  const { state, controller } = desk;
  const { mode } = controller;
  if (mode === 'ask') set(desk, 'plans');
  else if (mode === 'auto') set(desk, 'ask');
  else if (confirmed) set(desk, 'auto');
  else {
    state.armed = 'auto';
    state.notice = 'shift+tab again: nothing is asked any more, plans neither · esc: ask everything';
  }
}

/** Back to the mode that asks. */
export function askAgain(desk: ChatDesk): void {
  set(desk, 'ask');
}

function set({ state, controller }: ChatDesk, mode: ApprovalMode): void {
  controller.setMode(mode);
  const waits = state.screen.pending.length > 0 ? '; what waits now is still asked' : '';
  state.notice = `${notices[mode]}${waits}`;
}

const notices: { readonly [K in ApprovalMode]: string } = {
  ask: 'approvals: ask, as the rules say',
  plans: 'approvals: plans only; tools run without a question',
  auto: 'approvals: auto; plans and tools run without a question, unless a rule denies',
};
