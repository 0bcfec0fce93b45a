import type { EventOf } from '../core/event.ts';
import { suggest } from '../core/nearest.ts';
import { splitPrompt } from './attachments.ts';
import type { CommandContext } from './commands.ts';
import type { ChatController, Move } from './controller.ts';
import { faultWords } from './fault-words.ts';
import { pad, widthOf } from './lines.ts';

type Command = (context: CommandContext, words: readonly string[]) => void;

const nothingSaid = 'Nothing has been said in this session yet.';

/** `/new` */
export const newCommand: Command = (context) => go(context, { kind: 'new' });

/** `/resume [run or session]`; without one, the sessions to choose from. */
export const resumeCommand: Command = (context, [id]) => {
  if (id !== undefined) go(context, { kind: 'resume', id });
  else context.page(async (desk) => (await import('./screens/sessions.ts')).sessionsPage(desk, []));
};

/** `/fork [run]` */
export const forkCommand: Command = (context, [run]) =>
  go(context, { kind: 'fork', ...(run !== undefined && { run }) });

/** `/rewind [run]`: to before a run's prompt, which can be written anew; without one, the prompts to choose from. */
export const rewindCommand: Command = (context, [id]) => {
  const { controller, note, page } = context;
  const prompts = promptsOf(controller);
  if (prompts.length === 0) return note(nothingSaid);
  if (id === undefined) {
    return page(async (desk) => (await import('./screens/rewind.ts')).rewindPage(desk, prompts));
  }
  const at = /^\d+$/.test(id) ? Number(id) - 1 : prompts.findIndex(({ runId }) => runId.startsWith(id));
  const chosen = prompts[at];
  if (!chosen) return note(`There is no prompt "${id}" in this conversation; /rewind lists them.`, 'bad');
  const before = prompts[at - 1];
  const to: Move = before ? { kind: 'fork', run: before.runId } : { kind: 'new' };
  context.move(to).then(() => context.draft(splitPrompt(chosen.data.prompt).written), failing(context));
};

/** What was asked in the conversation so far, oldest first. */
function promptsOf({ earlier }: ChatController): readonly EventOf<'run.started'>[] {
  return earlier.filter(
    (event): event is EventOf<'run.started'> => event.type === 'run.started' && !event.data.compacts,
  );
}

/** `/model [agent] [model]` */
export const modelCommand: Command = (context, words) => {
  const { controller, note } = context;
  const { facts, scripted } = controller;
  const [first, second] = words;
  if (first === undefined) return note(scripted ? replaced : modelsText(controller));
  const models = controller.models().map(({ name }) => name);
  const alone = second === undefined && models.includes(first);
  const [agent, model] = alone ? [facts.agent, first] : [first, second];
  if (model === undefined) return tellModel(context, agent, models);
  controller
    .setModel(agent, model)
    .then(() => note(`${agent} has ${model} from the next prompt on, in this chat.`, 'good'), failing(context));
};

const replaced = 'A script takes the place of the models in this chat.';

function tellModel({ controller, note }: CommandContext, agent: string, models: readonly string[]): void {
  const { facts, scripted } = controller;
  const own = facts.models[agent];
  if (own === undefined) {
    const near = suggest(agent, [...Object.keys(facts.agents), ...models]);
    note(`There is no agent and no model "${agent}"${near === undefined ? '' : `; ${near}`}`, 'bad');
  } else note(scripted ? replaced : `${agent} has ${own}. /model ${agent} <model> gives it another one.`);
}

function modelsText(controller: ChatController): string {
  const { models: ofAgents } = controller.facts;
  const models = controller.models();
  const width = Math.max(...[...models.map(({ name }) => name), ...Object.keys(ofAgents)].map(widthOf));
  return [
    ...models.map(({ name, id, provider }) => `${pad(name, width)}  ${id} (${provider})`),
    '',
    ...Object.entries(ofAgents).map(([agent, model]) => `${pad(agent, width)}  ${model}`),
    '',
    '/model [agent] <model> changes one for this chat.',
  ].join('\n');
}

/** `/compact [agent]` */
export const compactCommand: Command = (context, [named]) => {
  const { controller, note, play } = context;
  const agent = named ?? controller.facts.agent;
  try {
    if (!Object.hasOwn(controller.facts.agents, agent)) return note(`There is no agent "${agent}".`, 'bad');
    const run = controller.compact(agent);
    if (run) play(run);
    else note(`There is nothing to compact: the conversation of ${agent} is short.`);
  } catch (thrown) {
    failing(context)(thrown);
  }
};

/** `/export [file] [md or json]` */
export const exportCommand: Command = (context, words) => {
  const { controller, note } = context;
  const format = words.at(-1) === 'json' || words.at(-1) === 'md' ? words.at(-1) : undefined;
  const named = words.slice(0, format === undefined ? undefined : -1).join(' ');
  const { session } = controller.facts;
  if (controller.records.runs({ session, limit: 1 }).length === 0) return note(nothingSaid);
  const name = named === '' ? session : named;
  const file = /\.(md|json)$/.test(name) ? name : `${name}.${format ?? 'md'}`;
  try {
    note(`Wrote ${controller.files.exportSession(session, file).file}.`, 'good');
  } catch (thrown) {
    failing(context)(thrown);
  }
};

/** `/debug` */
export const debugCommand: Command = ({ controller, note }) => {
  const lines = controller.about();
  const width = Math.max(...lines.map(([name]) => widthOf(name)));
  note(lines.map(([name, value]) => `${pad(name, width)}  ${value}`).join('\n'));
};

function go(context: CommandContext, to: Move): void {
  context.move(to).catch(failing(context));
}

/** Says what went wrong, and what to do about it. */
export function failing({ note }: Pick<CommandContext, 'note'>): (thrown: unknown) => void {
  return (thrown) => {
    const problems = thrown instanceof Error && 'problems' in thrown ? problemsText(thrown.problems) : '';
    note(`Not done: ${faultWords(thrown).join('; ')}${problems}`, 'bad');
  };
}

function problemsText(problems: unknown): string {
  if (!Array.isArray(problems)) return '';
  return problems
    .slice(0, 4)
    .map(({ message, hint }) => `\n${message}${hint === undefined ? '' : `; ${hint}`}`)
    .join('');
}
