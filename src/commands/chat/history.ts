import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from '../../config/app.ts';
import { stateFolder } from '../../runtime/workspace.ts';
import type { ChatController } from '../../ui/controller.ts';
import { printable } from '../console.ts';

/** So many prompts are kept, and none that is longer. */
const mostPrompts = 500;
const longestPrompt = 20_000;

/** The prompts of a workspace, one JSON text a line in its state folder. A history that cannot be kept is none. */
export function chatHistory(app: App, workspace: string): ChatController['history'] {
  const dir = stateFolder(app, workspace);
  const file = join(dir, 'history.jsonl');
  return {
    read: () => {
      const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
      const prompts = lines.flatMap(promptOf).slice(-mostPrompts);
      if (lines.length > 2 * mostPrompts) quietly(() => writeFileSync(file, prompts.map(lineOf).join('')));
      return prompts;
    },
    add: (prompt) => {
      if (prompt.length > longestPrompt) return;
      quietly(() => {
        mkdirSync(dir, { recursive: true });
        appendFileSync(file, lineOf(printable(prompt)), { mode: 0o600 });
      });
    },
  };
}

function lineOf(prompt: string): string {
  return `${JSON.stringify(prompt)}\n`;
}

function promptOf(line: string): string[] {
  try {
    const prompt: unknown = JSON.parse(line);
    return typeof prompt === 'string' ? [prompt] : [];
  } catch {
    // A line that was torn, or written by hand.
    return [];
  }
}

function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // A full disk is told by the store, which matters more.
  }
}
