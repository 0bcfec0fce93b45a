import { safeLine } from './lines.ts';

/** The variables that tell which terminal this is. */
export type TerminalVariables = Readonly<Record<string, string | undefined>>;

/** How the terminal is told that a person is needed. */
export type Notify = 'bell' | 'osc9' | 'none';

/** Terminals take no more into their clipboard at once. Bytes. */
const longestCopy = 74_000;

/** The beginning of a text that fits into a terminal's clipboard. */
export function copyable(text: string): { readonly text: string; readonly cut: boolean } {
  const bytes = Buffer.from(text);
  if (bytes.length <= longestCopy) return { text, cut: false };
  // A character that was cut in half is left out.
  return { text: new TextDecoder().decode(bytes.subarray(0, longestCopy), { stream: true }), cut: true };
}

/** OSC 52: puts a text into the clipboard, where the terminal lets programs do so. */
export function copyCode(text: string, env: TerminalVariables): string {
  return throughTmux(`\u001b]52;c;${Buffer.from(copyable(text).text).toString('base64')}\u0007`, env);
}

export function notifyCode(how: Notify, text: string, env: TerminalVariables): string {
  if (how === 'none') return '';
  return how === 'bell' ? '\u0007' : throughTmux(`\u001b]9;${safeLine(text, 120)}\u0007`, env);
}

/** tmux takes what it knows itself, and hands on what is wrapped like this, where its user lets it. */
function throughTmux(code: string, { TMUX }: TerminalVariables): string {
  return TMUX === undefined ? code : `${code}\u001bPtmux;${code.replaceAll('\u001b', '\u001b\u001b')}\u001b\\`;
}

/** What switches something of the terminal on, and what puts it back. */
interface Switch {
  readonly on: string;
  readonly off: string;
}

const nothing: Switch = { on: '', off: '' };

/** Terminals tell Shift+Enter from Enter when they are asked to; only those that know the question are. */
export function keyboardSwitch({ TMUX, TERM = '', TERM_PROGRAM = '' }: TerminalVariables): Switch {
  if (TMUX !== undefined) return { on: '\u001b[>4;1m', off: '\u001b[>4;0m' };
  const knows = /^(?:xterm-kitty|xterm-ghostty|foot|alacritty|wezterm)/.test(TERM);
  return knows || ['iTerm.app', 'WezTerm', 'ghostty'].includes(TERM_PROGRAM)
    ? { on: '\u001b[>1u', off: '\u001b[<u' }
    : nothing;
}

/** The title is kept by the terminal while ours is there. */
export function titleSwitch({ TERM = '' }: TerminalVariables): Switch {
  return TERM === 'linux' ? nothing : { on: '\u001b[22;2t', off: '\u001b[23;2t' };
}

export function titleCode(text: string): string {
  return `\u001b]2;${safeLine(text, 120)}\u0007`;
}
