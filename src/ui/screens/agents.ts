import type { AgentDetails } from '../agent-details.ts';
import { agentLines, agentText, toolText } from '../agents/agent-lines.ts';
import { type AgentNode, agentTree } from '../agents/tree.ts';
import { counted } from '../brief.ts';
import { cut, pad, safeLine, widthOf } from '../lines.ts';
import { moveIn, shownOf } from '../list.ts';
import type { Page, PageDesk } from '../page.ts';
import type { Look } from '../paint.ts';
import { textPage } from './text.ts';

/** What the page shows. Only its own functions change it. */
interface State {
  readonly nodes: readonly AgentNode[];
  at: number;
  /** Whether keys scroll what is said of the agent. */
  reading: boolean;
  top: number;
  height: number;
  /** Of the selected agent, for one width. */
  made: { readonly name: string; readonly width: number; readonly lines: readonly string[] } | undefined;
}

/** The agents of the app as they call each other, and what the app says of the selected one. @param name to begin at */
export function agentsPage(desk: PageDesk, name?: string): Page {
  const { facts } = desk.controller;
  const names = Object.keys(facts.agents);
  const details = new Map(names.map((each) => [each, desk.controller.agentDetails(each)]));
  const nodes = agentTree(names, facts.agent, (each) => details.get(each)?.routes ?? []);
  const first = nodes.findIndex((node) => node.name === (name ?? facts.agent));
  if (name !== undefined && first === -1)
    throw new Error(`There is no agent "${name}"; there are ${names.join(', ')}.`);
  const state: State = { nodes, at: Math.max(0, first), reading: false, top: 0, height: 10, made: undefined };
  const selected = () => details.get(nodes[state.at]?.name ?? '');
  return {
    title: 'agents',
    about: () => `app ${facts.app} · ${counted(names.length, 'agent')}`,
    keys: [
      { keys: '↑↓', about: 'choose an agent, or scroll what is said of it', brief: 'agent' },
      { keys: 'tab', about: 'from the agents to what is said of one, and back', brief: 'scroll' },
      { keys: 'enter', about: 'its whole prompt', brief: 'prompt' },
      { keys: 't', about: 'its tools with what they take', brief: 'tools' },
      { keys: '@', about: 'puts its name into your prompt', brief: 'mention' },
    ],
    lines: (look, rows) => pageLines(state, selected(), { desk, look, rows }),
    press: (key) => press(desk, state, selected(), key.kind === 'key' ? key.name : key.text),
  };
}

function press(desk: PageDesk, state: State, agent: AgentDetails | undefined, name: string): boolean {
  if (name === 'tab' || name === 'shift+tab') state.reading = !state.reading;
  else if (name === 'enter' && agent) {
    const { prompt } = agent;
    desk.open((opened) =>
      textPage(opened, { title: 'prompt', about: agent.name, copy: prompt, lines: (look) => agentText(prompt, look) }),
    );
  } else if (name === 't' && agent) {
    desk.open((opened) =>
      textPage(opened, { title: 'tools', about: agent.name, lines: (look) => toolText(agent.tools, look) }),
    );
  } else if (name === '@' && agent) desk.toChat(`@${agent.name} `);
  else return move(state, name);
  return true;
}

function move(state: State, name: string): boolean {
  const { reading, nodes, made, height } = state;
  if (reading) {
    const last = Math.max(1, (made?.lines.length ?? 1) - height + 1);
    const top = moveIn(state.top, last, name, height);
    state.top = top ?? state.top;
    return top !== undefined;
  }
  const at = moveIn(state.at, nodes.length, name, height);
  if (at === undefined) return false;
  if (at !== state.at) state.top = 0;
  state.at = at;
  return true;
}

interface Drawing {
  readonly desk: PageDesk;
  readonly look: Look;
  readonly rows: number;
}

function pageLines(state: State, agent: AgentDetails | undefined, drawing: Drawing): string[] {
  const { look, rows, desk } = drawing;
  const { width, theme, plain } = look;
  const models = desk.controller.facts.models;
  if (plain)
    return [...listLines(state, models, look, rows), '', ...(agent ? agentLines(agent, models[agent.name], look) : [])];
  if (width >= 90) {
    const left = Math.min(40, Math.max(24, ...state.nodes.map((node) => widthOf(nodeText(node)) + 14)));
    const list = listLines(state, models, { ...look, width: left }, rows);
    const details = detailLines(state, agent, models, { ...look, width: width - left - 3 }, rows);
    const bar = theme.dim('│');
    return Array.from({ length: rows }, (_, at) => `${pad(list[at] ?? '', left)} ${bar} ${details[at] ?? ''}`);
  }
  const height = Math.max(1, Math.min(state.nodes.length, Math.floor(rows / 3)));
  const list = listLines(state, models, look, height);
  if (rows < 4) return list;
  const rule = theme.dim('─'.repeat(width));
  return [...list, rule, ...detailLines(state, agent, models, look, rows - list.length - 1)];
}

function nodeText({ stem, name }: AgentNode): string {
  return `${stem}${safeLine(name, 40)}`;
}

function listLines(
  state: State,
  models: Readonly<Record<string, string>>,
  { theme, width, plain }: Look,
  rows: number,
): string[] {
  const { nodes, at, reading } = state;
  const { from, to } = shownOf(at, nodes.length, rows);
  return nodes.slice(from, to).map((node, row) => {
    const here = from + row === at && !plain;
    const text = plain ? `${'  '.repeat(node.depth)}${node.name}` : nodeText(node);
    const model = theme.dim(safeLine(models[node.name] ?? '', 16));
    const line = `${here ? (reading ? '›' : '❯') : ' '} ${text}`;
    const room = width - widthOf(model) - 2;
    return cut(`${pad(here ? theme.cyan(cut(line, room)) : cut(line, room), room)}  ${model}`, width);
  });
}

function detailLines(
  state: State,
  agent: AgentDetails | undefined,
  models: Readonly<Record<string, string>>,
  look: Look,
  rows: number,
): readonly string[] {
  if (!agent) return [];
  const { name } = agent;
  if (state.made?.name !== name || state.made.width !== look.width) {
    state.made = { name, width: look.width, lines: agentLines(agent, models[name], look) };
  }
  const { lines } = state.made;
  // Keys scroll by what is shown of it; while they choose an agent, too.
  state.height = rows;
  state.top = Math.max(0, Math.min(state.top, lines.length - rows));
  const shown = lines.slice(state.top, state.top + rows);
  const more = lines.length - state.top - rows;
  if (more <= 0 || rows < 3) return shown;
  return [...shown.slice(0, -1), look.theme.dim(cut(`… ${more + 1} more lines: tab, then ↓`, look.width))];
}
