import { spawn } from 'node:child_process';

/** The person's editor: a command line of its own, such as `code --wait`. */
export function editorCommand({ VISUAL, EDITOR }: NodeJS.ProcessEnv = process.env): string {
  return VISUAL || EDITOR || 'vi';
}

/** What ends this process ends the editor first: it puts the terminal back as it found it. */
const endings: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP'];

/** Runs the person's editor in this terminal. @param words what follows its command @returns whether it ended well */
export function runEditor(words: readonly string[]): Promise<boolean> {
  return new Promise<boolean>((resolve) => {
    const child = spawn('/bin/sh', ['-c', `${editorCommand()} "$@"`, 'sh', ...words], { stdio: 'inherit' });
    const pass = (signal: NodeJS.Signals) => void child.kill(signal);
    const ended = (well: boolean) => {
      for (const signal of endings) process.off(signal, pass);
      resolve(well);
    };
    for (const signal of endings) process.on(signal, pass);
    child.on('error', () => ended(false));
    child.on('close', (code) => ended(code === 0));
  });
}
