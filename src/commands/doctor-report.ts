import { relative } from 'node:path';
import { visible } from '../core/text.ts';
import type { WorkspaceHealth } from '../runtime/health.ts';
import { colourOn, palette, table } from './console.ts';
import type { AppReport, Examination, Trouble } from './doctor.ts';

/** The lines of `harness doctor`: what there is, then each problem with what to do. */
export function printDoctor({ harness, node, sqlite, temporary, settings, apps, problems }: Examination): string[] {
  const rows = [
    ['harness', harness],
    ['node', node],
    ['sqlite', sqlite ?? 'does not load'],
    [
      'temporary',
      `${temporary.folder}, ${temporary.writable ? 'writable' : 'not writable'}, ${free(temporary.freeBytes)}`,
    ],
    ['settings', `${visible(settings.file)}${settings.found ? '' : ', not there: the defaults hold'}`],
  ];
  const none = apps.length === 0 ? ['', 'no app here'] : [];
  return [...table(rows), ...apps.flatMap(appLines), ...none, '', ...problemLines(problems)];
}

function appLines({ dir, name, freeBytes, providers, secrets, envFile, workspaces }: AppReport): string[] {
  const head = ['', `app ${name ?? relative(process.cwd(), dir)}  ${visible(dir)}  ${free(freeBytes)}`];
  if (name === null) return head;
  const rows = [
    ...providers.map((provider) => {
      const key = provider.keyName === null ? 'needs no key' : `${provider.keyName} ${set(provider.keySet)}`;
      const about = `${provider.host}, ${key}${provider.used ? '' : ', not used by any agent'}`;
      return [`  provider ${provider.name}`, about];
    }),
    ...secrets.map((secret) => [`  secret ${secret.name}`, set(secret.set)]),
    ['  .env', envText(envFile)],
    ...workspaces.map((health) => [`  workspace ${health.workspace}`, workspaceText(health)]),
  ];
  return [...head, ...table(rows)];
}

function set(isSet: boolean): string {
  return isSet ? 'set' : 'missing';
}

function envText({ found, ignored }: AppReport['envFile']): string {
  if (!found) return 'none';
  if (ignored === null) return 'found';
  return ignored ? 'found, ignored by git' : 'found, not ignored by git';
}

function workspaceText({ used, bytes, lockedBy, schemaVersion, target, catalog, writable }: WorkspaceHealth): string {
  const state = used ? size(bytes) : 'no state yet';
  return [
    schemaVersion === null ? state : `${state}, version ${schemaVersion}`,
    ...(writable ? [] : ['not writable']),
    lockedBy === null ? 'free' : `in use by ${lockedBy}`,
    `target ${target}`,
    `catalog ${catalog}`,
  ].join(', ');
}

function problemLines(problems: readonly Trouble[]): string[] {
  if (problems.length === 0) return [palette(colourOn(process.stdout)).green('no problems')];
  const { red } = palette(colourOn(process.stdout));
  return problems.flatMap(({ where, message, hint }) => [
    `${red('problem')} ${visible(`${where}: ${message}`)}`,
    visible(`  ${hint}`),
  ]);
}

function free(bytes: number | null): string {
  return bytes === null ? 'free space unknown' : `${size(bytes)} free`;
}

function size(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.ceil(bytes / 1000)} KB`;
}
