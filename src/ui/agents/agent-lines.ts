import { visible } from '../../core/text.ts';
import type { AgentDetails, ModelDetails, RulingDetails, ToolDetails } from '../agent-details.ts';
import { short } from '../brief.ts';
import { cut, pad, safeLine, widthOf, wrap, wrapIndented } from '../lines.ts';
import type { Look } from '../paint.ts';

/** Everything that the app says of an agent. @param uses the model in this chat, in a word */
export function agentLines(agent: AgentDetails, uses: string | undefined, look: Look): string[] {
  const { name, role, description, routes, plans, tools, prompt, stateful, limits } = agent;
  const { theme, width } = look;
  const title = (text: string) => ['', theme.bold(text)];
  return [
    `${theme.bold(safeLine(name, width - 18))}  ${theme.dim(`role ${role}`)}`,
    ...(description === '' ? [] : agentText(description, look)),
    '',
    ...member('model', modelText(agent.model, uses), look),
    ...(routes.length > 0 ? member('calls', routes.join(', '), look) : []),
    ...member(
      'keeps',
      stateful ? 'its conversation, within a session' : 'nothing: each task is a fresh conversation',
      look,
    ),
    ...member('limits', limits.map(([what, limit]) => `${limit} ${what}`).join(', '), look),
    ...(plans.length === 0 ? [] : title('plans')),
    ...plans.flatMap((plan) => ruledLines(plan.name, '', plan.rulings, look)),
    ...title(tools.length === 0 ? 'no tools' : 'tools'),
    ...tools.flatMap((tool) => ruledLines(tool.name, tool.effect, tool.rulings, look)),
    ...title('prompt'),
    ...agentText(prompt, look),
  ];
}

/** A text of the app's files. */
export function agentText(text: string, { width }: Look): string[] {
  return wrapIndented(visible(text.trimEnd()), width);
}

/** Tools with what they are for, what they take, and what is asked about them. */
export function toolText(tools: readonly ToolDetails[], look: Look): string[] {
  const { theme, width } = look;
  if (tools.length === 0) return ['It has no tools.'];
  return tools.flatMap(({ name, effect, description, inputSchema, rulings }) => [
    `${theme.bold(safeLine(name, width - 14))}  ${theme.dim(effect)}`,
    ...agentText(description, look),
    ...rulings.flatMap((ruling, at) =>
      wrap(visible(rulingText(ruling, at === 0)), width - 2).map((line) => `  ${line}`),
    ),
    ...wrapIndented(visible(JSON.stringify(inputSchema, null, 2)), width - 2).map((line) => theme.dim(`  ${line}`)),
    '',
  ]);
}

/** `asks by default (the tool's effect is write)`, `refuses by "deny x" when {…}: reason` */
function rulingText({ verdict, rule, when, reason }: RulingDetails, alone: boolean): string {
  const does = { allow: 'allowed', ask: 'asks', deny: 'refused' }[verdict];
  if (rule === 'default') return `${does} ${alone ? 'by default' : 'otherwise'}`;
  const condition = when === undefined ? '' : ` when ${JSON.stringify(when)}`;
  return `${does} by "${rule}"${condition}${reason === '' ? '' : `: ${reason}`}`;
}

/** What nothing can get past: rules after one that always speaks are not looked at. */
function inForce(rulings: readonly RulingDetails[]): readonly RulingDetails[] {
  const last = rulings.findIndex(({ when }) => when === undefined);
  return last === -1 ? rulings : rulings.slice(0, last + 1);
}

function ruledLines(name: string, effect: string, rulings: readonly RulingDetails[], { theme, width }: Look): string[] {
  const named = Math.min(18, Math.floor(width / 3));
  const effects = effect === '' || width < 50 ? 0 : 11;
  const head = `  ${pad(safeLine(name, named), named)}  ${theme.dim(pad(effects === 0 ? '' : effect, effects))}`;
  const room = Math.max(12, width - widthOf(head) - 1);
  const spoken = inForce(rulings);
  const texts = spoken.flatMap((ruling, at) => {
    const paint = { allow: theme.green, ask: theme.yellow, deny: theme.red }[ruling.verdict];
    return wrap(visible(rulingText(ruling, at === 0)), room).map((line, row) => (row === 0 ? paint(line) : line));
  });
  return texts.map((text, row) =>
    cut(row === 0 ? `${head} ${text}` : `${' '.repeat(widthOf(head) + 1)}${text}`, width),
  );
}

function member(name: string, value: string, { theme, width }: Look): string[] {
  return wrap(visible(value), width - 8).map((line, at) => `${theme.dim(pad(at === 0 ? name : '', 6))}  ${line}`);
}

function modelText(model: ModelDetails | null, uses: string | undefined): string {
  if (model === null) return uses === 'script' ? 'a script stands for it in this chat; the app names none' : 'none';
  const { name, id, provider, contextWindow, maxOutputTokens, effort, price, fallback } = model;
  const facts = [
    `${name} (${id} of ${provider})`,
    contextWindow === undefined ? 'context unknown' : `context ${short(contextWindow)} tokens`,
    ...(maxOutputTokens === undefined ? [] : [`writes at most ${short(maxOutputTokens)}`]),
    ...(effort === undefined ? [] : [`effort ${effort}`]),
    price === undefined ? 'price unknown' : `a million tokens: ${price}`,
    ...(fallback.length === 0 ? [] : [`while it is overloaded: ${fallback.join(', ')}`]),
  ].join(' · ');
  if (uses === undefined || uses === '' || uses === name) return facts;
  return `${uses === 'script' ? 'a script stands for it in this chat' : `${uses} in this chat`}; else ${facts}`;
}
