import { spawn } from 'node:child_process';
import { basename } from 'node:path';

/**
 * Opens a file in the person's editor, `$VISUAL`, `$EDITOR`, else vi, at a line where it is known how to say so.
 * @param line from 1 @returns false when the editor could not be started or gave up
 */
export function editFile(file: string, line: number): Promise<boolean> {
  const command = process.env.VISUAL || process.env.EDITOR || 'vi';
  return new Promise((resolve) => {
    // An editor is a command line of its own, such as `code --wait`.
    const shell = ['-c', `${command} "$@"`, 'sh', ...wordsFor(command, file, line)];
    const child = spawn('/bin/sh', shell, { stdio: 'inherit' });
    child.on('error', () => resolve(false));
    child.on('close', (code) => resolve(code === 0));
  });
}

/** What stands behind the editor's name. */
function wordsFor(command: string, file: string, line: number): string[] {
  const name = basename(command.trim().split(/\s+/)[0] ?? '');
  if (/^(?:code|codium|cursor|windsurf)(?:-insiders)?$/.test(name)) return ['--goto', `${file}:${line}`];
  if (/^(?:subl|hx|helix|zed|micro)$/.test(name)) return [`${file}:${line}`];
  return /^(?:[gn]?vim?|view|nano|pico|emacs(?:client)?|kak|joe|ne|mcedit)$/.test(name) ? [`+${line}`, file] : [file];
}
