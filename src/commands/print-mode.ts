import { text } from 'node:stream/consumers';
import { HarnessError } from '../core/errors.ts';
import type { Event } from '../core/event.ts';
import type { Delta, RunSink } from '../core/ports.ts';
import { visible } from '../core/text.ts';
import { colourOn, note, palette, print } from './console.ts';
import { progressLine } from './progress.ts';

/** Form of the result on stdout. */
export type Output = 'text' | 'json' | 'stream-json';

export interface PrintOptions {
  readonly output: Output;
  /** No progress on stderr; errors all the same. */
  readonly quiet?: boolean;
}

/**
 * The prompt of the command line; `-` is standard input, which is also read where it is a pipe and nothing else gives a
 * prompt.
 * @param otherwise the prompt of a script
 * @throws HarnessError `invalid-usage` when it is empty
 */
export async function promptOf(given: string | undefined, otherwise: string | undefined): Promise<string> {
  const named = given ?? otherwise;
  const piped = named === '-' || (named === undefined && !process.stdin.isTTY);
  const prompt = piped ? (await text(process.stdin)).trim() : (named ?? '');
  if (prompt.trim() !== '') return prompt;
  throw new HarnessError('invalid-usage', 'the prompt is empty', { hint: 'harness chat -p "…", or: … | harness chat' });
}

/** What is shown while a run goes on: every event as a line of the result, or progress on stderr. */
export function printSink({ output, quiet = false }: PrintOptions): RunSink {
  if (output === 'stream-json') {
    return {
      event: (event) => print(JSON.stringify(event)),
      delta: ({ span, agent, kind, text: piece }) =>
        print(JSON.stringify({ type: 'text.delta', span, agent, kind, text: piece })),
    };
  }
  return quiet ? {} : progress();
}

/** A line for each event that a reader wants to see, and what models think, dimmed, line by line. */
function progress(): RunSink {
  const { dim } = palette(colourOn(process.stderr));
  const thoughts = new Map<string, string>();
  const show = (span: string, line: string) => {
    if (line.trim() !== '') note(dim(`${'  '.repeat(span.split('.').length)}${visible(line)}`));
  };
  return {
    delta({ span, kind, text: piece }: Delta) {
      if (kind !== 'thinking') return;
      const lines = `${thoughts.get(span) ?? ''}${piece}`.split('\n');
      thoughts.set(span, lines.pop() ?? '');
      for (const line of lines) show(span, line);
    },
    event(event: Event) {
      const rest = thoughts.get(event.span);
      thoughts.delete(event.span);
      // Of a try that failed, the line that was cut off counts for nothing.
      if (rest !== undefined && event.type === 'step.finished') show(event.span, rest);
      const line = progressLine(event);
      if (line !== undefined) note(line);
    },
  };
}
