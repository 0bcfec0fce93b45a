import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import type { Event } from '../../src/core/event.ts';
import { folderOf } from '../folder.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
export const cliFile = join(root, 'dist', 'cli.js');

/** The sample app, and where its parts stand in a project. */
export const sampleName = 'coordinator-planner-executor';
export const appFolder = `apps/${sampleName}`;
export const priceChange = `${appFolder}/smoke/price-change.yaml`;
export const question = `${appFolder}/smoke/question.yaml`;
export const stateFolder = `.harness/${sampleName}/acme`;

/** Changes to files of a project: the new text, or what replaces a part of the old one. */
export type Edits = Readonly<Record<string, string | readonly [part: string, by: string]>>;

/** A project of the test's own, with a copy of the sample app. */
export function project(t: Test, edits: Edits = {}): string {
  const dir = folderOf(t, { apps: {} });
  cpSync(join(root, appFolder), join(dir, appFolder), { recursive: true });
  // A user without rights is not let into folders above it otherwise.
  chmodSync(dir, 0o755);
  edit(dir, edits);
  return dir;
}

export function edit(dir: string, edits: Edits): void {
  for (const [name, change] of Object.entries(edits)) {
    const file = join(dir, name);
    if (typeof change === 'string') {
      writeFileSync(file, change);
      continue;
    }
    const [part, by] = change;
    const text = readFileSync(file, 'utf8');
    if (!text.includes(part)) throw new Error(`${name} does not contain ${part}`);
    writeFileSync(file, text.replace(part, by));
  }
}

/** A mock dispatcher that takes its time and writes down what it applied. */
export function slow(delayMs: number): Edits {
  return {
    [`${appFolder}/app.yaml`]: ['kind: mock\n', `kind: mock\n  journal: journal.jsonl\n  delayMs: ${delayMs}\n`],
  };
}

/** A dispatcher whose actions begin, and come to their end when the test lets them. */
export const gated: Edits = {
  [`${appFolder}/app.yaml`]: [
    'kind: mock\n  results:\n    price_change: { entitiesAffected: 1, summary: Price changed. }\n',
    `kind: command\n  command: ["${process.execPath}", ./gate.mjs]\n  timeoutSeconds: 600\n`,
  ],
  [`${appFolder}/gate.mjs`]: `import { appendFileSync, existsSync, readFileSync } from 'node:fs';
const { key } = JSON.parse(readFileSync(0, 'utf8'));
appendFileSync('begun', key + '\\n');
while (!existsSync('open')) await new Promise((resolve) => setTimeout(resolve, 20));
appendFileSync('ended', key + '\\n');
`,
};

/** The gate of a project that has one. */
export function gateOf(cwd: string) {
  const file = (name: string) => join(cwd, appFolder, name);
  return {
    /** Waits until an action is on its way. */
    async begun(): Promise<void> {
      while (!existsSync(file('begun'))) await sleep(20);
    },
    open: () => writeFileSync(file('open'), ''),
    /** The keys of the actions that came to their end. */
    ended: () => (existsSync(file('ended')) ? readFileSync(file('ended'), 'utf8').trimEnd().split('\n') : []),
  };
}

export interface CliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input; it is empty without. */
  readonly input?: string;
  readonly uid?: number;
  /** The program to run instead, with the command line of `harness` after its own arguments. */
  readonly through?: readonly string[];
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A `harness` that runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Waits until standard output and error contain `text`. @throws when the process ends before. */
  saw(text: string): Promise<void>;
}

export function start(args: readonly string[], options: CliOptions): Running {
  const { cwd, env = {}, input = '', uid, through = [] } = options;
  const [program = '', ...rest] = [...through, process.execPath, cliFile, ...args];
  const child = spawn(program, rest, {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, ...env },
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  // A process that does not read its input may have ended before it is given.
  child.stdin.on('error', () => undefined).end(input);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  const saw = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (`${stdout}\n${stderr}`.includes(text)) resolve();
      };
      child.stdout.on('data', look);
      child.stderr.on('data', look);
      child.on('close', () => reject(new Error(`it ended without ${JSON.stringify(text)}: ${stdout}${stderr}`)));
      look();
    });
  return { child, ended, saw };
}

/** What kills a `harness` by SIGKILL right after it has printed the events that `at` names (see kill-at.mjs). */
export function killedAt(at: string): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: `--import ${new URL('kill-at.mjs', import.meta.url)}`, KILL_AT: at };
}

/** Runs `harness` to its end. */
export function run(args: readonly string[], options: CliOptions): Promise<Ended> {
  return start(args, options).ended;
}

/** The events among the lines of `--output stream-json`, whole lines only. */
export function eventsIn(stdout: string): Event[] {
  const lines = stdout.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line)).filter((line) => line.type !== 'text.delta');
}

/** A command that must be refused with its exit code and these words, and without a result. */
export function refused(t: Test, ended: Ended, exit: number, ...words: readonly (string | RegExp)[]): void {
  const { code, stdout, stderr } = ended;
  t.equal(code, exit, stderr);
  t.equal(stdout, '');
  for (const word of words) t.match(stderr, word);
  t.notMatch(stderr, /\n\s+at |internal/, 'no stack');
}
