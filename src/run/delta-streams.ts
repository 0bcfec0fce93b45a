import type { Delta, DeltaKind } from '../core/ports.ts';
import type { RedactedStream, Redactor } from '../core/redact.ts';

/** Text of steps as it streams, without secrets: what may be the beginning of one is held back. */
export interface DeltaStreams {
  push(span: string, agent: string, text: string, kind: DeltaKind): void;
  /** The span's step has ended: what was held back is shown, or forgotten where the step does not count. */
  end(span: string, counts: boolean): void;
}

export function deltaStreams(redactor: Redactor, show: (delta: Delta) => void): DeltaStreams {
  const open = new Map<string, Map<DeltaKind, { readonly agent: string; readonly stream: RedactedStream }>>();
  const streamOf = (span: string, agent: string, kind: DeltaKind): RedactedStream => {
    const kinds = open.get(span) ?? new Map();
    open.set(span, kinds);
    const known = kinds.get(kind) ?? { agent, stream: redactor.stream() };
    kinds.set(kind, known);
    return known.stream;
  };
  return {
    push(span, agent, piece, kind) {
      const text = streamOf(span, agent, kind).push(piece);
      if (text !== '') show({ span, agent, kind, text });
    },
    end(span, counts) {
      const kinds = open.get(span);
      open.delete(span);
      if (!counts || !kinds) return;
      for (const [kind, { agent, stream }] of kinds) {
        const text = stream.end();
        if (text !== '') show({ span, agent, kind, text });
      }
    },
  };
}
