import { type Command, InvalidArgumentError, Option } from 'commander';
import { type ExitCode, HarnessError } from '../../core/errors.ts';
import { suggest } from '../../core/nearest.ts';
import type { ReporterKind } from '../../evals/reporters/reporter.ts';
import { amount, count, share } from '../numbers.ts';
import type { EvalOptions, ReportTarget, Shard } from './options.ts';

type End = (work: () => Promise<ExitCode>) => Promise<void>;

/** `harness eval` and its own commands. What they do is loaded when they run. */
export function defineEval(program: Command, end: End): void {
  const command = program
    .command('eval')
    .description('run eval cases: offline from scripts and cassettes, or with --live')
    .argument('[words...]', 'apps, ids of cases, files of cases; without any: all');
  choosing(command);
  running(command);
  judging(command);
  command.action((words: string[], options: EvalOptions) => {
    return end(async () => (await import('./watch.ts')).evaluateOrWatch(words, options));
  });
  command
    .command('add')
    .description('a case from a stored run, for you to edit')
    .argument('<run>', 'id, start of an id, or last')
    .option('--app <app>', 'a folder, or a name under apps/')
    .option('-w, --workspace <name>', 'the workspace')
    .option('--id <id>', 'id of the case (default: the first words of the prompt)')
    .option('-o, --out <file>', 'its file (default: evals/<app>/<id>.yaml)')
    .option('--json', 'the result as data')
    .action((run: string, _: unknown, add: Command) => {
      return end(async () => (await import('./add.ts')).evalAdd(run, add.optsWithGlobals()));
    });
  command
    .command('calibrate')
    .description("measure a rubric's judge on answers that a person has judged")
    .argument('<file>', 'a calibration, such as evals/<app>/<name>.calibration.yaml')
    .option('--app <app>', 'a folder, or a name under apps/')
    .option('-c, --concurrency <count>', 'votes at a time (default: 4)', count)
    .option('--json', 'the result as data')
    .action((file: string, _: unknown, calibrate: Command) => {
      return end(async () => (await import('./calibrate.ts')).calibrateJudge(file, calibrate.optsWithGlobals()));
    });
  reporting(
    command
      .command('merge')
      .description('the JSON reports of all shards as one')
      .argument('<reports...>', 'files of `--report json=…`'),
  ).action((files: string[], _: EvalOptions, merge: Command) => {
    return end(async () => (await import('./merge.ts')).mergeReports(files, merge.optsWithGlobals()));
  });
}

function choosing(command: Command): void {
  command
    .option('-f, --filter <pattern>', 'only cases whose app/id matches (RE2)')
    .option(
      '-t, --tag <tag>',
      'only cases with this tag; may be repeated',
      collect<string>((text) => text),
    )
    .option('--failed', 'only cases that did not pass when they last ran')
    .option('--changed [ref]', 'only cases whose files, or whose app, changed since a git reference (default: HEAD)')
    .addOption(new Option('--shard <i/n>', 'only part i of n, the same on every machine').argParser(shard))
    .option('--list', 'show what would run, and run nothing');
}

function running(command: Command): void {
  command
    .option('--live', 'ask the models, also where there is a script or a cassette')
    .option('--record', 'ask the models, and keep what they do as cassettes')
    .option('-n, --repeat <times>', 'trials of each case', count)
    .option('-c, --concurrency <count>', 'trials at a time (default: 4 offline, 2 live)', count)
    .option('--resume', 'go on with a suite that was interrupted')
    .option('--watch', 'run again when a file of the apps or cases changes')
    .option('--max-cost <usd>', 'end the suite at this cost', amount)
    .option('--max-tokens <count>', 'end the suite at so many tokens', count)
    .option('--max-seconds <count>', 'end the suite after so long', amount);
}

function judging(command: Command): void {
  reporting(command)
    .option('--baseline <file>', 'fail only on what passed in this baseline')
    .option('--bless', 'write the baseline')
    .option('--mutate', 'change each passing run in one way, and list the changes that no assertion notices')
    .option('--mutation-score <share>', 'fail when fewer changes are noticed, from 0 to 1', share);
}

function reporting(command: Command): Command {
  return command
    .option('-r, --report <kind[=file]>', `${kinds.join(', ')}; may be repeated`, collect(target))
    .option('--json', 'the same as --report json');
}

const kinds: readonly ReporterKind[] = ['terminal', 'json', 'jsonl', 'junit', 'markdown', 'github', 'html'];

function collect<T>(read: (text: string) => T): (text: string, before: readonly T[] | undefined) => readonly T[] {
  return (text, before = []) => [...before, read(text)];
}

function target(text: string): ReportTarget {
  const at = text.indexOf('=');
  const name = at < 0 ? text : text.slice(0, at);
  const kind = kinds.find((each) => each === name);
  if (kind === undefined) {
    throw new HarnessError('unknown-name', `there is no report "${name}"`, {
      hint: suggest(name, kinds) ?? kinds.join(', '),
    });
  }
  if (at < 0) return { kind };
  if (at === text.length - 1) throw new InvalidArgumentError('expected kind=file.');
  return { kind, file: text.slice(at + 1) };
}

function shard(text: string): Shard {
  const [, index, of] = /^([1-9][0-9]{0,3})\/([1-9][0-9]{0,3})$/.exec(text) ?? [];
  if (index === undefined || Number(index) > Number(of)) throw new InvalidArgumentError('expected i/n, such as 1/4.');
  return { index: Number(index), of: Number(of) };
}
