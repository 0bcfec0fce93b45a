import type { Json } from '../../core/json.ts';
import type { Unmet } from './assertion.ts';

/** A code block as models write it, when it is all that there is. */
const block = /^```[a-z]*\r?\n([\s\S]*?)\r?\n?```$/i;

/** The JSON that an answer is, bare or as one code block; or why there is none. */
export function answerJson(answer: string): { readonly value: Json } | { readonly unmet: Unmet } {
  const text = answer.trim();
  try {
    return { value: JSON.parse(block.exec(text)?.[1] ?? text) as Json };
  } catch {
    return {
      unmet: {
        message: text === '' ? 'the answer is empty, not JSON' : 'the answer is not JSON',
        diff: [{ kind: 'unexpected', subject: 'answer', actual: answer }],
      },
    };
  }
}
