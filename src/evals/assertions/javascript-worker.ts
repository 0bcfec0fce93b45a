/** What the thread is given. */
export interface JavascriptRequest {
  /** JSON. */
  readonly data: string;
  /** The text of an expression or a function's body; or the URL of a module, with the name to call it by. */
  readonly code: { readonly text: string } | { readonly module: string; readonly name: string };
}

export type JavascriptVerdict = { readonly pass: true } | { readonly pass: false; readonly message: string };

/**
 * The program of the thread, as text: it needs no file of its own beside the bundle. An expression sees only its data
 * and what the language itself has; a module of the project may import what it likes.
 */
export const javascriptWorker = `
'use strict';
const { parentPort, workerData } = require('node:worker_threads');
const vm = require('node:vm');
const longest = 2000;

function script(text) {
  try {
    return new vm.Script(text, { filename: 'assertion' });
  } catch (error) {
    return error;
  }
}

/** As an expression where it is one, else as the body of a function. */
function compile(code) {
  const head = 'const { answer, calls, agents, plannedActions, executedActions, changes, events } = JSON.parse(data);';
  const expression = script('(async () => { ' + head + ' return (' + code + '\\n); })()');
  if (expression instanceof vm.Script) return expression;
  const body = script('(async () => { ' + head + ' ' + code + '\\n})()');
  if (body instanceof vm.Script) return body;
  // Of the two complaints, the one about what the author probably meant to write.
  throw /\\breturn\\b/.test(code) ? body : expression;
}

async function run() {
  const { data, code } = workerData;
  if ('text' in code) {
    const context = vm.createContext({ __proto__: null, data });
    return compile(code.text).runInContext(context);
  }
  const check = (await import(code.module)).default;
  if (typeof check !== 'function') throw new Error(code.name + ' has no function as its default export');
  return check(JSON.parse(data));
}

function messageOf(thrown) {
  const text = thrown !== null && typeof thrown === 'object' && 'message' in thrown ? thrown.message : thrown;
  return text === undefined || text === '' ? 'it threw without a message' : 'it threw: ' + String(text);
}

function shown(value) {
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint') return typeof value;
  try {
    return JSON.stringify(value) ?? 'undefined';
  } catch {
    return typeof value;
  }
}

function verdict(value) {
  if (value === true) return { pass: true };
  if (value === false) return failed('it returned false');
  if (typeof value === 'string' && value.trim() !== '') return failed(value);
  return failed('it returned ' + shown(value).slice(0, 200) + ' instead of true, false or a text');
}

function failed(message) {
  const text = String(message);
  return { pass: false, message: text.length > longest ? text.slice(0, longest) + '…' : text };
}

run().then(verdict, (thrown) => failed(messageOf(thrown))).then((found) => parentPort.postMessage(found));
`;
