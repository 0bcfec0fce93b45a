import type { Test } from 'tap';
import { approvalDesk } from '../../src/commands/chat/approval-desk.ts';
import { openController } from '../../src/commands/chat/controller.ts';
import { leavePlace, openPlace } from '../../src/commands/chat/place.ts';
import type { App } from '../../src/config/app.ts';
import { loadApp } from '../../src/config/load.ts';
import type { Script } from '../../src/generated/config.ts';
import { type Chat, openChat } from '../../src/ui/chat.ts';
import type { ChatTerminal } from '../../src/ui/chat-desk.ts';
import type { ChatController } from '../../src/ui/controller.ts';
import type { Key } from '../../src/ui/keys.ts';
import { appFolder, project } from '../commands/cli.ts';

/** The controller of a chat over a project of the test's own, whose agents play a script. */
export async function scriptedController(
  t: Test,
  script: Script,
  cwd: string = project(t),
): Promise<{ readonly controller: ChatController; readonly app: App; readonly cwd: string }> {
  const { app } = await loadApp(`${cwd}/${appFolder}`, { evals: false });
  if (!app) throw new Error('the sample app does not load');
  const desk = approvalDesk();
  const parts = {
    approver: desk.approver,
    budget: {},
    interpreter: () => ({ kind: 'scripted', input: script }) as const,
    onWait: () => undefined,
  };
  const place = await openPlace(parts, app, { workspace: app.defaultWorkspace }, {});
  const request = { agent: app.entry, draft: '', scripted: true, again: { app: undefined, script: undefined } };
  const { controller } = openController(request, parts, place, desk);
  t.teardown(() => leavePlace(place));
  return { controller, app, cwd };
}

export interface OpenedChat {
  readonly chat: Chat;
  /** Everything that the chat has asked of the terminal. */
  readonly did: string[];
  /** Presses keys, each in a read of its own. */
  press(...names: readonly string[]): void;
  /** Types a text in one read. */
  type(text: string): void;
  /** The frame has reached the terminal, and so long has passed that keys count. */
  read(): void;
}

export function chatOver(t: Test, controller: ChatController, edit?: ChatTerminal['edit']): OpenedChat {
  const did: string[] = [];
  let time = 1_000_000;
  const terminal: ChatTerminal = {
    theme: 'none',
    edit: edit ?? (async () => void did.push('edit')),
    suspend: () => void did.push('suspend'),
    redraw: () => void did.push('redraw'),
    notify: (text) => void did.push(`notify ${text}`),
    page: () => void did.push('page'),
    covered: () => false,
    copy: (text) => void did.push(`copy ${text}`),
    leave: ({ force }) => void did.push(force ? 'leave at once' : 'leave'),
  };
  const chat = openChat(controller, terminal, () => time);
  t.teardown(() => chat.close());
  return {
    chat,
    did,
    press: (...names) => {
      for (const name of names) chat.press([keyOf(name)]);
    },
    type: (text) => chat.press([{ kind: 'text', text }]),
    read: () => {
      chat.drawn();
      time += 1000;
    },
  };
}

function keyOf(name: string): Key {
  return [...name].length === 1 ? { kind: 'text', text: name } : { kind: 'key', name };
}
