import { basename } from 'node:path';
import { editorCommand, runEditor } from './run-editor.ts';

/**
 * Opens a file in the person's editor, `$VISUAL`, `$EDITOR`, else vi, at a line where it is known how to say so.
 * @param line from 1 @returns false when the editor could not be started or gave up
 */
export function editFile(file: string, line: number): Promise<boolean> {
  return runEditor(wordsFor(editorCommand(), file, line));
}

/** What stands behind the editor's name. */
function wordsFor(command: string, file: string, line: number): string[] {
  const name = basename(command.trim().split(/\s+/)[0] ?? '');
  if (/^(?:code|codium|cursor|windsurf)(?:-insiders)?$/.test(name)) return ['--goto', `${file}:${line}`];
  if (/^(?:subl|hx|helix|zed|micro)$/.test(name)) return [`${file}:${line}`];
  return /^(?:[gn]?vim?|view|nano|pico|emacs(?:client)?|kak|joe|ne|mcedit)$/.test(name) ? [`+${line}`, file] : [file];
}
