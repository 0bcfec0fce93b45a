import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { unavailable } from './refusal.ts';
import type { ChildSettings, Verdict } from './sql-protocol.ts';

/** Why a child process is no more. `crash`: it was none of its own verdicts. */
export interface ChildEnd {
  readonly ended: Verdict | 'crash';
  /** What it said last, or how it ended. */
  readonly detail: string;
}

/** A child process that reads a database, for as long as it lives. */
export interface ChildProcess {
  /** Sends one request. */
  send(request: object): void;
  kill(): void;
}

export interface ChildListener {
  /** One line of JSON. */
  line(json: string): void;
  /** Called once, when it is no more. */
  end(end: ChildEnd): void;
}

/**
 * Start a child process. It never keeps this process alive, and it ends by itself when this process does.
 * @throws ToolFailure when no process can be started.
 */
export function startChild(settings: ChildSettings, listener: ChildListener): ChildProcess {
  const child = spawn(process.execPath, [`--max-old-space-size=${maxHeapMb}`, childEntry()], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    env: childEnvironment(),
    windowsHide: true,
  });
  const sockets = child.stdio as unknown as readonly [Socket, Socket, Socket, Socket] | undefined;
  if (sockets === undefined) {
    child.on('error', () => undefined);
    throw unavailable('no process can be started, too many files are open');
  }
  const [requests, answers, errors, life] = sockets;
  for (const each of [child, ...sockets]) each.unref();
  onLines(answers, listener.line);
  const verdict = lastText(life);
  const said = lastText(errors);
  const ended = (detail: string) => listener.end(childEnd(verdict(), said(), detail));
  // A process that could not be started has no `close`; else that comes when all it wrote has been read.
  child.on('error', (error) => child.pid === undefined && ended(error.message));
  child.on('close', (code, signal) => ended(`it ended with ${signal ?? `code ${code}`}`));
  // Writing to a process that has just died fails; its end is reported by `close`.
  requests.on('error', () => undefined);
  const send = (value: object) => void requests.write(`${JSON.stringify(value)}\n`);
  send(settings);
  return { send, kill: () => void child.kill('SIGKILL') };
}

/** JavaScript values of one answer are small; what SQLite needs is outside of this heap. */
const maxHeapMb = 256;

/** The built child: a bundle of its own, also when this code runs from its sources. */
function childEntry(): string {
  const places = ['./data/sql-child.js', '../data/sql-child.js', '../../dist/data/sql-child.js'];
  const files = places.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  // Where none is there, the process says so when it starts.
  return files.find((file) => existsSync(file)) ?? String(files.at(-1));
}

/** Nothing of ours: above all no keys. The time zone matters to SQLite's `localtime`. */
function childEnvironment(): NodeJS.ProcessEnv {
  const names = ['TZ', 'SystemRoot'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

function onLines(socket: Socket, take: (line: string) => void): void {
  let pending: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      pending.push(chunk.subarray(start, end));
      take(Buffer.concat(pending).toString());
      pending = [];
      start = end + 1;
    }
    if (start < chunk.length) pending.push(chunk.subarray(start));
  });
}

/** Keeps the end of what arrives. */
function lastText(socket: Socket): () => string {
  let text = '';
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-4000);
  });
  return () => text;
}

function childEnd(verdict: string, said: string, detail: string): ChildEnd {
  if (verdict === 'timeout' || verdict === 'memory' || verdict === 'worn') return { ended: verdict, detail };
  if (/out of memory|invalid size error/i.test(said)) return { ended: 'memory', detail };
  const line = said.split('\n').find((each) => /^\w*Error\b/.test(each));
  return { ended: 'crash', detail: line ?? detail };
}
