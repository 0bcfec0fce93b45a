import type { ContentBlockParam, MessageParam, ToolResultBlockParam } from '@anthropic-ai/sdk/resources/messages';
import type { Json } from '../../core/json.ts';
import type { Outcome, Step, ToolResult, Turn } from '../../core/step.ts';
import { opaqueAnswer } from './step.ts';

/** A conversation as the provider takes it. */
export interface Transcript {
  readonly messages: readonly MessageParam[];
  /** Ids of all calls in it. */
  readonly ids: ReadonlySet<string>;
}

/** Translates conversations; each turn only once, however often the conversation is sent. */
export type Transcriber = (turns: readonly Turn[], model: string) => Transcript;

type Message = { role: 'user' | 'assistant'; content: ContentBlockParam[] };

interface Growing {
  readonly messages: Message[];
  readonly ids: Set<string>;
  /** Calls that have no result yet. */
  readonly open: Set<string>;
  turns: number;
}

export function createTranscriber(): Transcriber {
  // Turns are only ever appended to, so that what was translated stays right.
  const known = new WeakMap<readonly Turn[], Map<string, Growing>>();
  return (turns, model) => {
    const byModel = known.get(turns) ?? new Map<string, Growing>();
    known.set(turns, byModel);
    const growing = byModel.get(model) ?? { messages: [], ids: new Set(), open: new Set(), turns: 0 };
    byModel.set(model, growing);
    for (; growing.turns < turns.length; growing.turns++) {
      const turn = turns[growing.turns];
      if (turn) addTurn(growing, turn, model);
    }
    return growing;
  };
}

function addTurn(growing: Growing, turn: Turn, model: string): void {
  const { ids, open } = growing;
  if (turn.role === 'tools') {
    add(growing, 'user', turn.results.filter(({ call }) => open.delete(call)).map(resultBlock));
    return;
  }
  // Each call must have a result in the next message. A run that was interrupted left none.
  add(growing, 'user', [...open].map(missingResult));
  open.clear();
  if (turn.role === 'user') {
    add(growing, 'user', [{ type: 'text', text: clean(turn.text) }]);
    return;
  }
  add(growing, 'assistant', assistantBlocks(turn.step, model));
  for (const { id } of turn.step.calls) {
    ids.add(id);
    open.add(id);
  }
}

/** Neighbours of one role become one message. An empty one would be refused. */
function add({ messages }: Growing, role: Message['role'], content: ContentBlockParam[]): void {
  if (content.length === 0) return;
  const last = messages.at(-1);
  if (last?.role === role) last.content.push(...content);
  else messages.push({ role, content });
}

function assistantBlocks(step: Step, model: string): ContentBlockParam[] {
  const calls = step.calls.map(
    ({ id, tool, args }): ContentBlockParam => ({ type: 'tool_use', id, name: tool, input: args }),
  );
  const written = opaqueAnswer(step, model);
  if (!written) return [...textBlocks(step.text), ...calls];
  let at = 0;
  const blocks = written.blocks.flatMap((block): ContentBlockParam[] => {
    if ('type' in block) return [block as unknown as ContentBlockParam];
    if ('call' in block) return calls.slice(Number(block.call), Number(block.call) + 1);
    const start = at;
    at += Number(block.text);
    return textBlocks(step.text.slice(start, at));
  });
  // What was thought before an answer that never came would be refused as the end of a message.
  const end = blocks.findLastIndex(({ type }) => type !== 'thinking' && type !== 'redacted_thinking');
  return blocks.slice(0, end + 1);
}

/** Text without a visible character would be refused. */
function textBlocks(text: string): ContentBlockParam[] {
  return text.trim() === '' ? [] : [{ type: 'text', text: clean(text) }];
}

function resultBlock({ call, outcome }: ToolResult): ToolResultBlockParam {
  return { type: 'tool_result', tool_use_id: call, ...resultContent(outcome) };
}

function resultContent(outcome: Outcome): Pick<ToolResultBlockParam, 'content' | 'is_error'> {
  if (!outcome.ok) {
    const { code, message, problems = [] } = outcome.error;
    const lines = problems.map(({ path, message: problem }) => `- ${path}: ${problem}`);
    return { is_error: true, content: clean([`${code}: ${message}`, ...lines].join('\n')) };
  }
  const result = { type: 'text' as const, text: clean(shown(outcome.result)) };
  if (outcome.note === undefined) return { content: [result] };
  return { content: [result, { type: 'text', text: clean(`Note: ${outcome.note}`) }] };
}

function missingResult(call: string): ToolResultBlockParam {
  const content = 'interrupted: the run ended before this call did; whether it took effect is not known';
  return { type: 'tool_result', tool_use_id: call, is_error: true, content };
}

function shown(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Half of a surrogate pair cannot be sent, and neither can nothing. */
function clean(text: string): string {
  return text.trim() === '' ? '(empty)' : text.replace(/\p{Surrogate}/gu, '\uFFFD');
}
