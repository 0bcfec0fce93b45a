import { formatProblem } from '../../config/frame.ts';
import { readSettings } from '../../config/settings.ts';
import type { ThemeName } from '../../ui/paint.ts';
import type { ChatLook } from '../../ui/start.ts';
import { colourOn } from '../console.ts';

/**
 * How a person likes the chat: by the command line, else the environment, else their settings.
 * @param theme of the command line
 */
export function chatLook(theme: ThemeName | undefined): ChatLook {
  const { settings, problems } = readSettings(process.env);
  const wrong = problems.map((problem) => formatProblem(problem, { cwd: process.cwd(), colour: false }));
  return {
    theme: theme ?? (colourOn(process.stdout) ? settings.theme : 'none'),
    notify: settings.notify,
    title: settings.title,
    ...(wrong.length > 0 && { warning: `${wrong.join('\n\n')}\n\nThe defaults hold.` }),
  };
}
