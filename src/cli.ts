import { Command, CommanderError, Option } from 'commander';
import { printable } from './commands/console.ts';
import { defineEval } from './commands/eval/command.ts';
import { amount, count } from './commands/numbers.ts';
import { type ExitCode, exits, HarnessError, isReplaced, messageOf, replacedMessage } from './core/errors.ts';
import { suggest } from './core/nearest.ts';
import { visible } from './core/text.ts';
import { version } from './core/version.ts';

type Run = Promise<ExitCode>;

const program = new Command('harness')
  .description('Runs data agents that are declared in YAML.')
  .version(version, '-V, --version')
  .showHelpAfterError('(harness --help shows what there is)')
  .showSuggestionAfterError()
  .configureOutput({ writeErr: complain })
  .exitOverride();

const approvalId = 'id, start of an id, or last';
const sessionId = 'id, start of an id, or last';
const json = () => new Option('--json', 'the result as data');
const workspace = () => new Option('-w, --workspace <name>', 'the workspace');

program
  .command('init')
  .description('write a small working app, with editor settings')
  .argument('[folder]', 'of the project; it is made')
  .option('--name <name>', "the app's name; default: the folder's")
  .option('--database <file>', 'start from this SQLite file instead of a sample shop; the app gets a copy')
  .option('-y, --yes', 'ask nothing')
  .option('--force', 'also into a folder that holds files, which stay as they are')
  .addOption(json())
  .action((folder, options) => end(async () => (await import('./commands/init/init.ts')).init(folder, options)));

program
  .command('validate')
  .description('report every problem of every file, at once')
  .argument('[app]', 'a folder, or a name under apps/')
  .addOption(json())
  .action((app, options) => end(async () => (await import('./commands/validate.ts')).validate(app, options)));

program
  .command('codegen')
  .description('write TypeScript for the plan schemas, beside the app')
  .argument('[app]', 'a folder, or a name under apps/')
  .option('--check', 'write nothing; fail when a file is stale')
  .addOption(json())
  .action((app, options) => end(async () => (await import('./commands/codegen.ts')).codegen(app, options)));

program
  .command('smoke')
  .description('run smoke scripts in throw-away workspaces')
  .argument('[words...]', 'apps, script names, script files; without any: all')
  .addOption(json())
  .action((words, options) => end(async () => (await import('./commands/smoke.ts')).smoke(words, options)));

defineEval(program, end);

program
  .command('chat')
  .description('chat in the terminal; with -p, or without a terminal, print one answer')
  .argument('[app]', 'a folder, or a name under apps/')
  .addOption(workspace())
  .option('-a, --agent <name>', 'the agent that gets the prompt')
  .option('-p, --prompt <text>', 'the prompt; - reads it from standard input')
  .option('-c, --continue', "go on with the workspace's latest session")
  .option('-r, --resume <id>', 'go on with a run that has not ended, or with a session; its id, or the start of it')
  .option('--wait <seconds>', 'wait so long for approvals that are decided elsewhere', amount)
  .option('--max-steps <count>', 'end the run before it takes more steps', count)
  .option('--max-tokens <count>', 'end the run at so many tokens', count)
  .option('--max-cost <usd>', 'end the run at this cost', amount)
  .option('--max-seconds <count>', 'end the run after so long', amount)
  .option('--script <file>', 'steps that replace the models; its own prompt holds where -p gives none')
  .addOption(
    new Option('--output <form>', 'form of the result').choices(['text', 'json', 'stream-json']).default('text'),
  )
  .option('-q, --quiet', 'no progress on standard error')
  .option('--plain', 'the chat without boxes and cursor movements, for a screen reader')
  .addOption(new Option('--theme <theme>', 'colours of the chat').choices(['dark', 'light', 'none']))
  .action((app, options, command: Command) => {
    const print = command.getOptionValueSource('output') === 'cli';
    return end(async () => (await import('./commands/chat.ts')).chat(app, { ...options, print }));
  });

program
  .command('models')
  .description("list the apps' models, with what they take and cost")
  .argument('[app]', 'a folder, or a name under apps/')
  .addOption(json())
  .action((app, options) => end(async () => (await import('./commands/models.ts')).models(app, options)));

program
  .command('doctor')
  .description('look whether everything that runs need is there')
  .argument('[app]', 'a folder, or a name under apps/')
  .addOption(json())
  .action((app, options) => end(async () => (await import('./commands/doctor.ts')).doctor(app, options)));

const runs = group('runs', 'look at stored runs');
recordOptions(runs.command('list', { isDefault: true }).description('runs, newest first'))
  .option('-n, --limit <count>', 'how many', count, 20)
  .action((options) => end(async () => (await import('./commands/runs.ts')).listRuns(options)));
recordOptions(
  runs.command('show').description('every event of a run').argument('<run>', 'id, start of an id, or last'),
).action((id, options) => end(async () => (await import('./commands/runs.ts')).showRun(id, options)));

const approvals = group('approvals', 'decide what waits for a person');
recordOptions(approvals.command('list', { isDefault: true }).description('what waits for a decision, oldest first'))
  .option('--all', 'also what was decided, newest first')
  .action((options) => end(async () => (await import('./commands/list-approvals.ts')).listApprovals(options)));
recordOptions(approvals.command('show').description('one approval in full').argument('<approval>', approvalId)).action(
  (id, options) => end(async () => (await import('./commands/list-approvals.ts')).showApproval(id, options)),
);
decisionOptions(approvals.command('approve').description('let it run').argument('<approval>', approvalId))
  .option('--edit <file>', 'run what this YAML file holds instead; - reads it from standard input')
  .option('--always', 'ask no more for this rule, tool and agent in this session')
  .option('--step', 'a plan: ask again before each of its actions')
  .action((id, options) => end(async () => (await import('./commands/approvals.ts')).approve(id, options)));
decisionOptions(approvals.command('reject').description('it does not run').argument('<approval>', approvalId))
  .option('--comment <text>', 'the reason, which the model is told')
  .action((id, options) => end(async () => (await import('./commands/approvals.ts')).reject(id, options)));
decisionOptions(approvals.command('revise').description('send it back').argument('<approval>', approvalId))
  .requiredOption('--comment <text>', 'what to change, which the model is told')
  .action((id, options) => end(async () => (await import('./commands/approvals.ts')).revise(id, options)));
recordOptions(
  approvals.command('revoke').description('ask again what was allowed always').argument('<approval>', approvalId),
).action((id, options) => end(async () => (await import('./commands/approvals.ts')).revoke(id, options)));

const sessions = group('sessions', 'look at conversations');
recordOptions(sessions.command('list', { isDefault: true }).description('sessions, newest first'))
  .option('-n, --limit <count>', 'how many', count, 20)
  .action((options) => end(async () => (await import('./commands/sessions.ts')).listSessions(options)));
recordOptions(sessions.command('show').description('prompts and answers').argument('<session>', sessionId)).action(
  (id, options) => end(async () => (await import('./commands/sessions.ts')).showSession(id, options)),
);
recordOptions(sessions.command('export').description('a whole session as a file').argument('<session>', sessionId))
  .addOption(new Option('--format <format>', 'form of the file').choices(['md', 'json']).default('md'))
  .action((id, options) => end(async () => (await import('./commands/sessions.ts')).exportSession(id, options)));

const plans = group('plans', 'look at stored plans');
recordOptions(plans.command('list', { isDefault: true }).description('plans, newest first')).action((options) =>
  end(async () => (await import('./commands/plans.ts')).listPlans(options)),
);
recordOptions(plans.command('show').description('one plan in full').argument('<plan>', 'id of the plan')).action(
  (id, options) => end(async () => (await import('./commands/plans.ts')).showPlan(id, options)),
);
recordOptions(plans.command('settle').description('say what became of an action whose outcome is unknown'))
  .argument('<plan>', 'id of the plan')
  .option('--applied', 'it took effect')
  .option('--not-applied', 'it did not')
  .action((id, options) => end(async () => (await import('./commands/plans.ts')).settle(id, options)));

const kv = group('kv', 'look at stored tool results');
recordOptions(kv.command('list', { isDefault: true }).description('stored results, newest first')).action((options) =>
  end(async () => (await import('./commands/kv.ts')).listResults(options)),
);
recordOptions(
  kv
    .command('show')
    .description('one stored result; --json gives all of it')
    .argument('<result>', 'handle, such as r-12'),
).action((handle, options) => end(async () => (await import('./commands/kv.ts')).showResult(handle, options)));
recordOptions(
  kv.command('clear').description('remove stored results').argument('[results...]', 'handles; without any: all'),
).action((handles, options) => end(async () => (await import('./commands/kv.ts')).clearResults(handles, options)));

const catalog = group('catalog', 'what is known about the target database');
recordOptions(catalog.command('show', { isDefault: true }).description('all tables, or one in full'))
  .argument('[table]', 'name of a table or view')
  .action((name, options) => end(async () => (await import('./commands/catalog.ts')).showCatalog(name, options)));
recordOptions(catalog.command('search').description('what agents find'))
  .argument('<words...>', 'names, parts of names, meanings, values')
  .option('-k, --kind <kinds>', 'only these, with commas between: table, metric, rule, join, column, value')
  .option('-n, --limit <count>', 'how many', count, 10)
  .action((words, options) => end(async () => (await import('./commands/catalog.ts')).searchCatalog(words, options)));
recordOptions(catalog.command('profile').description('profile the tables that changed, or one'))
  .argument('[table]', 'name of a table or view')
  .option('--all', 'also tables that did not change')
  .action((name, options) => end(async () => (await import('./commands/catalog.ts')).profileCatalog(name, options)));
recordOptions(catalog.command('index').description('bring the catalog up to date and make its index anew')).action(
  (options) => end(async () => (await import('./commands/catalog.ts')).indexCatalog(options)),
);

/** A command that has commands of its own. A missing name means the default one; a wrong name does not. */
function group(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .hook('preSubcommand', (parent, chosen) => {
      const [word] = chosen.parseOptions(parent.args).operands;
      if (word === undefined || parent.args[0] === chosen.name()) return;
      const names = parent.commands.map((each) => each.name());
      if (names.includes(word)) {
        throw new HarnessError('invalid-usage', `options come after the command: harness ${name} ${word} …`);
      }
      const hint = suggest(word, names);
      throw new HarnessError(
        'unknown-name',
        `harness ${name} has no command "${word}"`,
        hint === undefined ? {} : { hint },
      );
    });
}

function recordOptions(command: Command): Command {
  return command
    .addOption(new Option('--app <app>', 'a folder, or a name under apps/'))
    .addOption(workspace())
    .addOption(json());
}

function decisionOptions(command: Command): Command {
  return recordOptions(command)
    .option('--continue', 'go on with the run here, and print its answer')
    .option('--script <file>', 'the script of a run that was played from one');
}

async function end(work: () => Run): Promise<void> {
  process.exitCode = await work();
}

function complain(text: string): void {
  process.stderr.write(printable(text));
}

async function explain(thrown: unknown): Promise<ExitCode> {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exits.ok : exits.invalid;
  if (isForeignBinary(thrown)) {
    process.stderr.write('error installation: better-sqlite3 was built for another version of Node\n');
    process.stderr.write('  run `npm rebuild better-sqlite3`\n');
    return exits.infrastructure;
  }
  if (isReplaced(thrown)) {
    complain(`error installation: ${replacedMessage}\n`);
    return exits.infrastructure;
  }
  if (!(thrown instanceof HarnessError)) {
    complain(`error internal: ${visible(messageOf(thrown))}\n`);
    process.stderr.write('  this is a fault of Harness itself; HARNESS_DEBUG=1 shows where\n');
    if (process.env.HARNESS_DEBUG && thrown instanceof Error) complain(`${thrown.stack}\n`);
    return exits.infrastructure;
  }
  await explainError(thrown);
  return thrown.exit;
}

async function explainError({ code, message, hint, problems }: HarnessError): Promise<void> {
  // What is missing is in no file: it belongs to the message.
  const inFiles = code !== 'missing-keys' && problems.length > 0;
  if (inFiles) (await import('./commands/load.ts')).noteProblems(problems);
  complain(`error ${code}: ${visible(message)}\n`);
  for (const part of inFiles ? [] : problems) {
    complainBelow(part.message, 2);
    complainBelow(part.hint, 4);
  }
  complainBelow(hint, 2);
}

function complainBelow(text: string | undefined, indent: number): void {
  if (text !== undefined) complain(`${' '.repeat(indent)}${visible(text)}\n`);
}

/** A native module must be built anew when the major version of Node changes. */
function isForeignBinary(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'ERR_DLOPEN_FAILED';
}

// What cannot be printed is no reason to leave a run half done. A reader that has seen enough (`| head`) is no error.
let unwritable = false;
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code !== 'EPIPE' && code !== 'ERR_STREAM_DESTROYED') unwritable = true;
  });
}
process.on('exit', () => {
  if (unwritable) process.exitCode = exits.infrastructure;
});

try {
  await program.parseAsync();
} catch (thrown) {
  process.exitCode = await explain(thrown);
}
