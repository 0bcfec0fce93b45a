import { realpathSync } from 'node:fs';
import type { App } from '../../config/app.ts';
import { type LoadedApp, loadApp, loadScriptFile } from '../../config/load.ts';
import type { SmokeScript } from '../../generated/config.ts';

/** The script that takes the place of the models in a chat. */
export interface ChatScript {
  /** Absolute path. */
  readonly file: string;
  /** What the next run is played from. */
  current: SmokeScript;
}

/** An app and the script of a chat, as their files are now. */
export interface Saved extends Pick<LoadedApp, 'app' | 'problems' | 'files'> {
  readonly script?: SmokeScript;
}

/** Loads what a chat uses. Where anything has a mistake there is no app. @param before names what the script may use then */
export async function loadSaved(dir: string, chat: ChatScript | undefined, before: App): Promise<Saved> {
  const { app, problems, files } = await loadApp(dir, { evals: false });
  if (!chat) return { ...(app && { app }), problems, files };
  const file = realPath(chat.file);
  // The problems of a smoke script of the app are among the app's.
  if (!app && files.includes(file)) return { problems, files };
  const found = await loadScriptFile(chat.file, app ?? before);
  const all = { problems: [...problems, ...found.problems], files: [...new Set([...files, file])] };
  return app && found.script ? { app, script: found.script.script, ...all } : all;
}

function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    // It was taken away, and may come back.
    return file;
  }
}
