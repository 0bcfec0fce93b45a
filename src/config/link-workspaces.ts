import { bodies, type Draft, objectAt, type Report, textAt } from './draft.ts';
import type { Part } from './finding.ts';
import { unknown } from './link-agents.ts';
import { type Path, quote } from './words.ts';

/** Reports a default workspace that is not there, and files of a workspace that would overwrite each other. */
export function linkWorkspaces(draft: Draft, report: Report): void {
  linkDefault(draft, report);
  for (const [, part] of bodies(draft.workspaces)) linkFiles(draft, part, report);
}

/** The workspace that commands use when none is named; undefined when the app does not say. */
export function defaultWorkspaceOf(draft: Draft): string | undefined {
  const names = [...draft.workspaces.keys()];
  return textAt(draft.app.value, 'defaultWorkspace') ?? (names.length === 1 ? names[0] : undefined);
}

function linkDefault({ app, workspaces }: Draft, report: Report): void {
  const names = [...workspaces.keys()];
  const written = textAt(app.value, 'defaultWorkspace');
  if (written !== undefined) {
    const path = ['defaultWorkspace'];
    if (!workspaces.has(written)) unknown(report, app, 'workspace', written, names, path, 'as default of the app');
  } else if (names.length > 1) {
    const message = `the app needs "defaultWorkspace": it has ${names.length} workspaces`;
    report(app, { code: 'missing-key', message, hint: `one of: ${names.join(', ')}`, path: ['workspaces'], at: 'key' });
  }
}

const stateName = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** Names in a workspace's state folder that Harness keeps for itself. */
const reserved = /^(state\.db|holder\.json|lock)/i;

function linkFiles(draft: Draft, part: Part, report: Report): void {
  const environment = objectAt(part.value, 'dataEnvironment');
  const owners = new Map<string, string>();
  const claim = (holder: Part, path: Path, name: string, owner: string) => {
    const before = reserved.test(name) ? 'Harness itself' : owners.get(name.toLowerCase());
    if (before === undefined) {
      owners.set(name.toLowerCase(), owner);
      return;
    }
    const message = `the file ${quote(name)} of ${owner} of ${holder.subject} is already used by ${before}`;
    report(holder, { code: 'reserved-file', message, hint: 'choose another name', path });
  };
  for (const owner of ['catalog', 'kv', 'targetDatabase']) {
    const database = objectAt(environment, owner);
    const file = textAt(database, 'file');
    const path = ['dataEnvironment', owner, 'file'];
    const isState = owner !== 'targetDatabase' || textAt(database, 'seed') !== undefined;
    if (file === undefined || !isState) continue;
    if (stateName.test(file)) {
      claim(part, path, file, owner);
    } else if (owner === 'targetDatabase') {
      const message = `${quote(file)} must be a file name in the state folder of ${part.subject}, because it has a seed`;
      report(part, { code: 'unsafe-path', message, hint: 'such as target.db', path });
    }
  }
  const journal = textAt(draft.dispatcher?.part?.value, 'journal');
  if (draft.dispatcher?.part && journal !== undefined)
    claim(draft.dispatcher.part, ['journal'], journal, 'the journal');
}
