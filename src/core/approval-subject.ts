import type { ApprovalSubject } from './event.ts';

/** What an approval is about, in a few words: `plan p-1 version 2`, `action 3 of plan p-1`, `import_rows`. */
export function aboutSubject(subject: ApprovalSubject): string {
  switch (subject.kind) {
    case 'plan':
      return `plan ${subject.planId} version ${subject.version}`;
    case 'action':
      return `action ${subject.index + 1} of plan ${subject.planId}`;
    case 'tool':
    case 'outcome':
      return subject.tool;
  }
}
