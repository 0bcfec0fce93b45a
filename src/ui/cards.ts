import { aboutSubject } from '../core/approval-subject.ts';
import { endingMarks, endingOfAction } from '../core/ending.ts';
import type { ApprovalSubject, Decision } from '../core/event.ts';
import type { Json } from '../core/json.ts';
import { visible } from '../core/text.ts';
import { splitPrompt } from './attachments.ts';
import { counted, duration } from './brief.ts';
import { differences } from './differences.ts';
import type { Item, PendingApproval, PlanVersion, Tone, ToolCard } from './items.ts';
import { cut, safeLine, spread, wrap, wrapIndented, wrapIndentedExactly } from './lines.ts';
import { markdownLines } from './markdown.ts';
import type { Look } from './paint.ts';
import { actionLines, differenceLines, planLines } from './plan-card.ts';
import { endingPaint, toolLine } from './tool-line.ts';

/** The lines of an item, each of at most `look.width` columns. */
export function itemLines(item: Item, look: Look): string[] {
  const lines = contentLines(item, look);
  const goesOn = item.kind === 'text' && item.within;
  return spaced.has(item.kind) && !goesOn ? ['', ...lines] : lines;
}

/** What begins something new has an empty line before it. */
const spaced: ReadonlySet<Item['kind']> = new Set([
  'prompt',
  'agent',
  'text',
  'approval',
  'end',
  'note',
  'changes',
  'detail',
  'whole-plan',
  'command',
]);

function contentLines(item: Item, look: Look): string[] {
  const { theme, width, plain } = look;
  switch (item.kind) {
    case 'prompt':
      return promptLines(item.text, look);
    case 'agent':
      return agentLines(item, look);
    case 'text':
      return branch(item.span, look, (inner) => markdownLines(item.text, inner));
    case 'tool':
      return branch(item.span, look, (inner) => [toolLine(item, inner)]);
    case 'plan':
      return branch(item.span, look, (inner) => storedPlanLines(item.plan, item.before, inner));
    case 'approval':
      return approvalLines(item.approval, look);
    case 'decision':
      return branch(item.span, look, (inner) => decisionLines(item.decision, item.by, item.subject, inner));
    case 'action': {
      const { status, kind, summary } = item.result;
      const ending = endingOfAction(item.result);
      const word = status === 'applied' ? 'done' : status;
      const mark = endingPaint(ending, look)(plain ? `${word}:` : endingMarks[ending]);
      const text = status === 'applied' ? `${kind}: ${summary}` : `${kind} ${status}: ${summary}`;
      return branch(item.span, look, (inner) => [`${mark} ${safeLine(text, inner.width - 8)}`]);
    }
    case 'aside':
      return branch(item.span, look, (inner) => asideLines(item.text, item.tone, inner));
    case 'left':
      return leftLines(item, look);
    case 'end':
      return endLines(item, look);
    case 'lines':
      return [...item.lines];
    case 'changes':
      return [
        theme.bold(safeLine(item.title ?? 'what you changed', width)),
        ...differenceLines(item.changes, look, 200),
      ];
    case 'detail':
      return [theme.bold(safeLine(item.title, width)), ...detailLines(item.value, look, longestDetail)];
    case 'whole-plan':
      return [theme.bold(safeLine(planTitle(item.plan), width)), ...planLines(item.plan, look)];
    case 'command':
      return [theme.dim(safeLine(`› ${item.text}`, width))];
    case 'note':
      return wrapIndented(visible(item.text), width).map((line) => toned(line, item.tone, look));
  }
}

/** Details of a call in lines. */
const longestDetail = 200;

/** A sub-agent's lines hang on a branch, one for each agent above it. */
function branch(span: string, look: Look, lines: (inner: Look) => string[]): string[] {
  const mark = branchMark(depthOf(span), look);
  return lines({ ...look, width: look.width - mark.length }).map((line) => `${look.theme.dim(mark)}${line}`);
}

function branchMark(depth: number, { plain, width }: Look): string {
  // So deep a tree does not fit; its deepest parts stand below each other.
  const levels = Math.min(depth, Math.floor(width / 8));
  return plain ? '' : '│ '.repeat(levels);
}

function depthOf(span: string): number {
  return span.split('.').length - 1;
}

/** Longer prompts are shown in part. */
const promptHeight = 12;

function promptLines(sent: string, look: Look): string[] {
  const { written, files } = splitPrompt(sent);
  const names = files.map(({ name, size }) => `${look.plain ? 'with' : '  +'} @${name}, ${size}`);
  return [...writtenLines(written, look), ...names.map((line) => look.theme.dim(safeLine(line, look.width)))];
}

function writtenLines(text: string, { theme, width, plain }: Look): string[] {
  const all = visible(text.slice(0, width * promptHeight * 2))
    .split('\n')
    .flatMap((line) => wrap(line, width - 2));
  const lines = all.slice(0, promptHeight);
  const more = text.split('\n').length - lines.length;
  const start = (at: number) => (plain ? (at === 0 ? 'you: ' : '') : at === 0 ? '› ' : '  ');
  const shown = lines.map((line, at) => `${theme.cyan(start(at))}${theme.bold(line)}`);
  return all.length > promptHeight ? [...shown, theme.dim(`  … ${counted(Math.max(1, more), 'more line')}`)] : shown;
}

function agentLines({ path, prompt, span }: Extract<Item, { kind: 'agent' }>, look: Look): string[] {
  const { theme, plain } = look;
  const mark = branchMark(depthOf(span) - 1, look);
  const names = path.map((name) => safeLine(name, 24)).join(plain ? ' calls ' : ' → ');
  const head = `${plain ? '' : theme.cyan('● ')}${theme.bold(names)}`;
  const room = look.width - mark.length - names.length - 4;
  const asked = room >= 16 ? `  ${theme.dim(safeLine(prompt, room - 1))}` : '';
  return [`${theme.dim(mark)}${head}${asked}`];
}

/** A call that runs, where its result will stand. */
export function runningLine(card: ToolCard, look: Look, now: number): string[] {
  return branch(card.span, look, (inner) => [toolLine(card, inner, now)]);
}

function storedPlanLines(plan: PlanVersion, before: PlanVersion | undefined, look: Look): string[] {
  const { theme, plain } = look;
  const title = safeLine(planTitle(plan), look.width - 2);
  const changes = before ? differences(before.body, plan.body) : [];
  const changed =
    changes.length > 0
      ? [theme.dim(`changed since version ${before?.version}:`), ...differenceLines(changes, look)]
      : [];
  return [`${plain ? '' : theme.magenta('▤ ')}${theme.bold(title)}`, ...changed];
}

function planTitle({ planId, version, specName }: PlanVersion): string {
  return `plan ${planId} · version ${version} · ${specName}`;
}

/** Everything that a decision needs: who asks, for what, by which rule, and what is new in it. */
function approvalLines(approval: PendingApproval, look: Look): string[] {
  const { theme, plain, width } = look;
  const { subject, path, plan, before } = approval;
  const inner: Look = { ...look, width: width - (plain ? 0 : 2) };
  const changes = plan && before ? differences(before.body, plan.body) : [];
  const asking = `${path.map((name) => safeLine(name, 24)).join(plain ? ' calls ' : ' → ')}`;
  const body = [
    theme.bold(safeLine(subjectTitle(approval), inner.width)),
    ...wrap(visible(`asked by  ${asking}`), inner.width),
    ...wrap(visible(`because   ${whyAsked(approval)}`), inner.width),
    '',
    ...(plan ? planLines(plan, inner) : argumentLines(subject, inner)),
    ...(changes.length > 0
      ? ['', theme.bold(`changed since version ${before?.version}`), ...differenceLines(changes, inner)]
      : []),
  ];
  if (plain) return ['Approval needed.', ...body];
  const rule_ = '─'.repeat(Math.max(0, Math.min(width, 60) - 12));
  return [
    theme.yellow(cut(`╭─ APPROVAL ${rule_}`, width)),
    ...body.map((line) => `${theme.yellow('│')} ${line}`),
    theme.yellow(cut(`╰${'─'.repeat(Math.min(width, 60) - 1)}`, width)),
  ];
}

/** The rule that asks, with its condition and its reason. */
function whyAsked({ subject, rule, reason, when }: PendingApproval): string {
  if (subject.kind === 'action') return reason;
  const condition = when === undefined ? '' : ` when ${JSON.stringify(when)}`;
  return `${rule === 'default' ? 'by default' : `rule "${rule}"${condition}`}${reason === '' ? '' : `: ${reason}`}`;
}

/** What is asked, in one line. */
export function subjectTitle({ subject, plan }: Pick<PendingApproval, 'subject' | 'plan'>): string {
  if (subject.kind === 'plan') return plan ? planTitle(plan) : `plan ${subject.planId} · version ${subject.version}`;
  if (subject.kind === 'action') {
    const { planId, index, count, action } = subject;
    return `action ${index + 1} of ${count} · plan ${planId} · ${action.kind}`;
  }
  if (subject.kind === 'outcome') return `nobody knows whether ${subject.tool} took effect; approve runs it again`;
  return `call ${subject.tool}`;
}

function argumentLines(subject: ApprovalSubject, look: Look): string[] {
  if (subject.kind === 'plan') return [look.theme.red('its content is not known here: harness plans show')];
  return subject.kind === 'action' ? actionLines(subject.action, look) : detailLines(subject.args, look, 40);
}

/** A value in full, as indented JSON, in at most `most` lines. */
function detailLines(value: Json, look: Look, most: number): string[] {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  const lines = visible(text).split('\n');
  const wrapped = lines.slice(0, most).flatMap((line) => wrapIndentedExactly(line, look.width));
  const shown = wrapped.slice(0, most);
  const more = lines.length > most || wrapped.length > most;
  return more ? [...shown, look.theme.dim(`… ${lines.length} lines in all`)] : shown;
}

function decisionLines(decision: Decision, by: string, subject: ApprovalSubject | null, look: Look): string[] {
  const { theme, plain, width } = look;
  const good = decision.kind === 'approve' || decision.kind === 'edit';
  const mark = plain ? '' : good ? theme.green('✓ ') : theme.yellow('! ');
  const what = subject === null ? '' : `${decidedAbout(subject)} `;
  const who = by === 'user' ? '' : ` by ${by}`;
  const words = wordsOf(decision);
  return [`${mark}${safeLine(`${what}${decided(decision)}${who}${words === '' ? '' : `: ${words}`}`, width - 2)}`];
}

function decidedAbout(subject: ApprovalSubject): string {
  return subject.kind === 'plan' ? `plan ${subject.planId}` : aboutSubject(subject);
}

function decided(decision: Decision): string {
  switch (decision.kind) {
    case 'approve':
      return `approved${decision.always ? ', and always in this session' : ''}${decision.step ? ', step by step' : ''}`;
    case 'edit':
      return 'changed and approved';
    case 'revise':
      return 'sent back';
    case 'reject':
      return 'rejected';
  }
}

/** What was written along with a decision. */
function wordsOf(decision: Decision): string {
  if (decision.kind === 'revise') return decision.comment;
  return decision.kind === 'reject' ? decision.reason : '';
}

function asideLines(text: string, tone: Tone, look: Look): string[] {
  const lines = markdownLines(text, look);
  const shown = lines.slice(0, 3).map((line) => (tone === 'plain' ? look.theme.dim(line) : toned(line, tone, look)));
  return lines.length > 3 ? [...shown, look.theme.dim('…')] : shown;
}

function leftLines(item: Extract<Item, { kind: 'left' }>, look: Look): string[] {
  const { theme, plain, width } = look;
  const mark = branchMark(depthOf(item.span) - 1, look);
  const end = plain ? `${safeLine(item.agent, 24)} ended: ` : '╰ ';
  const room = width - mark.length - end.length;
  const calls = `${counted(item.calls, 'call')} · ${duration(item.ms)}`;
  const said = item.error ? theme.red(safeLine(item.error.message, room)) : safeLine(item.answer, room);
  return [`${theme.dim(`${mark}${end}`)}${spread(said, room < 40 ? '' : theme.dim(calls), room)}`];
}

function endLines({ status, error, more, runId, ms }: Extract<Item, { kind: 'end' }>, look: Look): string[] {
  const { theme, width } = look;
  if (status === 'done') return [theme.dim(cut(`done in ${duration(ms)} · run ${runId}`, width))];
  const words = { failed: 'failed', budget: 'stopped by its budget', interrupted: 'stopped', paused: 'paused' }[status];
  const tone: Tone = status === 'failed' ? 'bad' : 'warn';
  const said = error && error.code !== 'interrupted' ? `: ${error.message}` : '';
  const run = status === 'paused' ? `/resume ${runId} goes on` : `run ${runId}`;
  const head = wrap(visible(`${words} after ${duration(ms)}${said} · ${run}`), width);
  return [...head.map((line) => toned(line, tone, look)), ...(more ? wrap(visible(more), width) : [])];
}

function toned(line: string, tone: Tone, { theme }: Look): string {
  const paints = { plain: (text: string) => text, good: theme.green, bad: theme.red, warn: theme.yellow };
  return paints[tone](line);
}
