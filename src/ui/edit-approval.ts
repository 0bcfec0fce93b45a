import type { JsonObject } from '../core/json.ts';
import type { ChatController } from './controller.ts';
import { differences } from './differences.ts';
import type { Difference, PendingApproval, Tone } from './items.ts';
import { editableText, readEdited } from './yaml-edit.ts';

/** What an approval would let run; undefined where it is not known here. */
export function contentOf({ subject, plan }: PendingApproval): JsonObject | undefined {
  if (subject.kind === 'plan') return plan?.body;
  return subject.kind === 'action' ? subject.action : subject.args;
}

/** The file in which a person changes what is asked about; undefined where there is nothing to change. */
export function editText(approval: PendingApproval, edited?: JsonObject): string | undefined {
  const { subject } = approval;
  const body = contentOf(approval);
  if (!body || subject.kind === 'action') return undefined;
  const title =
    subject.kind === 'plan' ? `Plan ${subject.planId}, version ${subject.version}.` : `Arguments of ${subject.tool}.`;
  return editableText(`${title}\nNothing runs before you have confirmed it.`, edited ?? body);
}

/** New content that fits, with what is different in it; or why there is none. */
export type Edited =
  | { readonly body: JsonObject; readonly changes: readonly Difference[] }
  | { readonly problems: readonly string[]; readonly tone: Tone };

/** Most messages begin with the place, in words. */
function placed(pointer: string, message: string): string {
  return message.startsWith('"') || pointer === '' ? message : `${pointer}: ${message}`;
}

/** @param text what the editor gave back; undefined when it could not be opened */
export function editedApproval(
  controller: ChatController,
  approval: PendingApproval,
  text: string | undefined,
): Edited {
  if (text === undefined) return { problems: ['The editor gave nothing back; set $EDITOR.'], tone: 'bad' };
  const read = readEdited(text);
  if ('problem' in read) return { problems: [`Not changed: ${read.problem}`], tone: 'bad' };
  const { subject } = approval;
  const found = controller.check(subject.kind === 'plan' ? subject.specName : null, read.body);
  if (found.length > 0) {
    const problems = found.map(
      ({ pointer, message, hint }) => `Not changed: ${placed(pointer, message)}${hint ? ` (${hint})` : ''}`,
    );
    return { problems, tone: 'bad' };
  }
  const changes = differences(contentOf(approval), read.body);
  if (changes.length === 0) return { problems: ['Nothing was changed.'], tone: 'plain' };
  return { body: read.body, changes };
}
