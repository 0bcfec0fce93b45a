import { nearest } from '../core/nearest.ts';
import { type Draft, memberAt, objectAt, type Report, textAt } from './draft.ts';
import type { Part } from './finding.ts';
import { unknown } from './link-agents.ts';
import { refuseKeys } from './link-models.ts';
import { lintStatement, lintSummary } from './lint-statement.ts';
import { memberNames } from './schema-forms.ts';
import type { Inventory } from './tools.ts';
import { quote } from './words.ts';

/** Reports what the dispatcher says of actions that no plan has, and what it does not say of those that there are. */
export function linkDispatcher({ dispatcher }: Draft, inventory: Inventory, report: Report): void {
  const part = dispatcher?.part;
  if (part === undefined) return;
  // Answers of the mock for actions that no plan has would never be given.
  linkKinds(part, 'results', inventory, report);
  if (textAt(part.value, 'kind') === 'http') linkServer(part, report);
  if (textAt(part.value, 'kind') !== 'sqlite' || memberAt(part.value, 'actions') === undefined) return;
  linkKinds(part, 'actions', inventory, report);
  linkMissing(part, inventory, report);
  linkStatements(part, inventory, report);
}

/** What Harness says itself about each request. */
const ownHeaders = ['content-type', 'content-length', 'host', 'idempotency-key'];

function linkServer(part: Part, report: Report): void {
  refuseKeys(part, 'tokenEnv and headersEnv', report);
  for (const key of ['headers', 'headersEnv']) {
    for (const name of Object.keys(objectAt(part.value, key))) {
      if (!ownHeaders.includes(name.toLowerCase())) continue;
      const message = `the header ${quote(name)} of ${part.subject} is set by Harness`;
      report(part, { code: 'reserved-header', message, path: [key, name], at: 'key' });
    }
  }
  const secret = Object.keys(objectAt(part.value, 'headersEnv'));
  const token = textAt(part.value, 'tokenEnv');
  const twice = secret.find((name) => name.toLowerCase() === 'authorization');
  if (token !== undefined && twice !== undefined) {
    const message = `${part.subject} takes only one of "tokenEnv" and the header ${quote(twice)}`;
    report(part, { code: 'conflicting-keys', message, path: ['headersEnv', twice], at: 'key' });
  }
  if (token !== undefined || secret.length > 0) warnOfPlain(part, report);
}

/** Whatever is sent without TLS can be read on the way, but for what stays on this machine. */
function warnOfPlain(part: Part, report: Report): void {
  for (const key of ['url', 'lookup']) {
    const url = textAt(part.value, key);
    if (url === undefined || !URL.canParse(url)) continue;
    const { protocol, hostname } = new URL(url);
    if (protocol !== 'http:' || /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)) continue;
    const message = `${quote(key)} of ${part.subject} is no https address: its key can be read on the way`;
    report(part, { code: 'key-in-clear', severity: 'warning', message, path: [key] });
  }
}

function linkKinds(part: Part, key: string, { kinds, kindsKnown }: Inventory, report: Report): void {
  if (!kindsKnown) return;
  for (const kind of Object.keys(objectAt(part.value, key))) {
    if (kinds.has(kind)) continue;
    unknown(report, part, 'action-kind', kind, [...kinds], [key, kind], `in the ${key} of ${part.subject}`, 'key');
  }
}

/** A kind whose name is only misspelled has been reported. */
function linkMissing(part: Part, { kinds, kindsKnown }: Inventory, report: Report): void {
  if (!kindsKnown) return;
  const written = Object.keys(objectAt(part.value, 'actions'));
  const meant = new Set(written.map((name) => (kinds.has(name) ? name : nearest(name, kinds))));
  for (const kind of kinds) {
    if (meant.has(kind)) continue;
    const message = `${part.subject} has no statement for actions of the kind ${quote(kind)}`;
    report(part, { code: 'missing-statement', message, hint: `${kind}: { sql: … }`, path: ['actions'], at: 'key' });
  }
}

function linkStatements(part: Part, { actions, kindsKnown }: Inventory, report: Report): void {
  for (const [kind, action] of Object.entries(objectAt(part.value, 'actions'))) {
    const forms = kindsKnown ? actions.get(kind) : undefined;
    // Of an action that is not known, nobody can tell which members it has.
    const members = forms && memberNames(forms);
    const subject = `action ${quote(kind)} of ${part.subject}`;
    const written = textAt(action, 'sql');
    // One that is missing or empty has been reported.
    const sql = written ? lintStatement(written, members, subject) : [];
    const summary = lintSummary(textAt(action, 'summary') ?? '', members, subject);
    for (const flaw of sql) report(part, { ...flaw, path: ['actions', kind, 'sql'] });
    for (const flaw of summary) report(part, { ...flaw, path: ['actions', kind, 'summary'] });
  }
}
