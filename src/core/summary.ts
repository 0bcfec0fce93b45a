import { handleKey } from './handles.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import type { SummaryFacts, Turn } from './step.ts';

/** The longest that words may be, and the last words where nothing later stays: they are what is being worked on. */
const longestWords = 500;
const longestTask = 20_000;
const mostResults = 30;
const mostPlans = 50;

/**
 * What is known of turns without a model: plans, handles of stored results, and the user's words.
 * @param words how many words to keep
 * @param task whether the last of them are what the agent works on now, and stay whole
 */
export function factsOf(turns: readonly Turn[], words: number, task: boolean): SummaryFacts {
  const found: Found = { plans: new Map(), results: new Set(), words: [], written: '' };
  for (const turn of turns) look(turn, found);
  const last = found.words.slice(-words);
  return {
    plans: Object.fromEntries([...found.plans].slice(-mostPlans)),
    results: [...found.results].slice(-mostResults),
    words: last.map((text, at) => cut(text, task && at === last.length - 1 ? longestTask : longestWords)),
    written: found.written,
  };
}

interface Found {
  readonly plans: Map<string, string>;
  readonly results: Set<string>;
  readonly words: string[];
  written: string;
}

function look(turn: Turn, found: Found): void {
  if (turn.role === 'user') {
    if (turn.summary) takeOver(turn.summary, found);
    else found.words.push(turn.text);
    return;
  }
  const values =
    turn.role === 'assistant'
      ? turn.step.calls.map(({ args }) => args)
      : turn.results.flatMap(({ outcome }) => (outcome.ok ? [outcome.result] : []));
  for (const value of values) find(value, found);
}

/** What an earlier summary holds, the next one holds too. */
function takeOver({ plans, results, words, written }: SummaryFacts, found: Found): void {
  for (const [plan, state] of Object.entries(plans)) found.plans.set(plan, state);
  for (const result of results) found.results.add(result);
  found.words.push(...words);
  found.written = written;
}

function find(value: Json, found: Found): void {
  if (isObject(value)) lookAt(value, found);
  if (typeof value === 'object' && value !== null) for (const member of Object.values(value)) find(member, found);
}

/** `planId` with the plan's status beside it, `plans` as agents name them to their callers, and handles. */
function lookAt(value: JsonObject, found: Found): void {
  const { planId, status, plans, result, [handleKey]: handle } = value;
  if (typeof planId === 'string') note(found, planId, status);
  for (const plan of Array.isArray(plans) ? plans : []) if (typeof plan === 'string') note(found, plan);
  for (const each of [result, handle]) if (typeof each === 'string' && /^r-\d+$/.test(each)) found.results.add(each);
}

/** A plan keeps what was known of it, where nothing newer is. */
function note({ plans }: Found, planId: string, status?: Json): void {
  plans.set(planId, typeof status === 'string' ? status : (plans.get(planId) ?? ''));
}

/** What stands in the place of `count` turns. */
export function summaryText(count: number, { plans, results, words, written }: SummaryFacts): string {
  const parts = [`[The first ${count} turns of this conversation were taken out to make room. What is known of them:]`];
  if (written !== '') parts.push(written);
  const named = Object.entries(plans).map(([plan, state]) => (state === '' ? plan : `${plan} (${state})`));
  if (named.length > 0) parts.push(`Plans: ${named.join(', ')}`);
  if (results.length > 0) parts.push(`Stored results: ${results.join(', ')}`);
  if (words.length > 0) parts.push(['What was asked, oldest first:', ...words.map((text) => `- ${text}`)].join('\n'));
  return parts.join('\n\n');
}

/** The turn that asks a model for a summary. @param kept how many turns at the end stay as they are */
export function summaryRequest(kept: number): string {
  const stays =
    kept > 0 ? `The last ${kept} turns before this one stay as they are; everything before them` : 'All of it';
  return `This conversation is getting too long for you. ${stays} will be replaced by the summary that you write now.

Write down what is needed to go on: what is wanted and what was decided; what was found, with its figures, units and names; ids of plans, results and records, exactly as they are; what was done and what came of it; what is still to be done. Leave out what no longer matters. Call no tool. Answer with the summary and nothing else.`;
}

export function cut(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest)} …` : text;
}

/**
 * Where to cut a conversation: before a prompt or a step, so that no result is left without its call. As many turns stay as
 * asked for, or fewer when they take more than `room`; the last one always does.
 * @returns how many turns to take out; 0 when there is nothing before those that stay
 */
export function cutPlace(
  turns: readonly Turn[],
  keep: number,
  room: number,
  tokensOf: (turns: readonly Turn[]) => number,
): number {
  const starts = turns.flatMap((turn, place) => (turn.role === 'tools' ? [] : [place]));
  for (let kept = Math.min(keep, starts.length); kept > 1; kept--) {
    const place = starts[starts.length - kept] ?? 0;
    if (tokensOf(turns.slice(place)) <= room) return place;
  }
  return starts.at(-1) ?? 0;
}
