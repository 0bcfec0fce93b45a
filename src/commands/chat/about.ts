import { release } from 'node:os';
import { version } from '../../core/version.ts';
import { stateFolder } from '../../runtime/workspace.ts';
import { printable } from '../console.ts';
import type { Here } from './here.ts';

/** What somebody who helps with a chat has to know. */
export function aboutChat({ place, loaded, lastError, watching }: Here): readonly (readonly [string, string])[] {
  const { runtime, app } = place;
  const { store, session, workspace } = runtime;
  const [run] = store.runs({ session, limit: 1 });
  const terminal = ['TERM', 'TERM_PROGRAM', 'TMUX', 'SSH_TTY', 'NO_COLOR', 'LANG']
    .filter((name) => process.env[name])
    .map((name) => `${name}=${name === 'TMUX' || name === 'SSH_TTY' ? 'set' : process.env[name]}`);
  const { columns, rows } = process.stdout;
  const lines: readonly (readonly [string, string])[] = [
    ['harness', `${version}, process ${process.pid}`],
    ['node', `${process.version} on ${process.platform} ${release()} ${process.arch}`],
    ['app', `${app.name} in ${app.dir}${app === loaded ? '' : ', with other models'}`],
    ['files', watching],
    ['workspace', `${workspace}, state in ${stateFolder(app, workspace)}`],
    ['session', session],
    ['run', run ? `${run.runId}, ${run.status}, ${run.events} events` : 'none yet'],
    ['last error', lastError ?? 'none'],
    ['terminal', [`${columns ?? 0}×${rows ?? 0}`, ...terminal].join(', ')],
    ['memory', `${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB`],
  ];
  return lines.map(([name, value]) => [name, printable(value)]);
}
