import { relative, resolve } from 'node:path';
import type { App } from '../../config/app.ts';
import { createFile } from '../../config/write-file.ts';
import { HarnessError } from '../../core/errors.ts';
import type { Runtime } from '../../runtime/build.ts';
import type { RecordFiles } from '../../ui/record-files.ts';
import { printable } from '../console.ts';
import { addCase, caseIdOf, type FoundRun } from '../eval/add.ts';
import { findRun } from '../runs.ts';
import { exportText } from '../sessions.ts';

/** What the chat can write into files. @param place where the chat is now */
export function recordFiles(
  place: () => { readonly app: App; readonly runtime: Pick<Runtime, 'workspace' | 'store'> },
): RecordFiles {
  const found = (runId: string): FoundRun => {
    const { store, workspace } = place().runtime;
    const run = store.run(runId);
    return run ? { store, workspace, run } : findRun(runId, [{ store, workspace }]);
  };
  return {
    caseName: (runId) => caseIdOf(found(runId)),
    saveCase: (runId, name) => addCase(place().app, found(runId), caseNaming(name)),
    exportSession: (session, file) => {
      const format = /\.(md|json)$/.exec(file)?.[1];
      if (format !== 'md' && format !== 'json') {
        throw new HarnessError('invalid-usage', `${file === '' ? 'the file' : file} has to end in .md or .json`, {
          hint: `${session}.md`,
        });
      }
      const { store, workspace } = place().runtime;
      const text = exportText(session, [{ store, workspace }], format);
      const path = resolve(file);
      if (createFile(path, `${printable(text)}\n`)) return { file: relative(process.cwd(), path), notes: [] };
      throw new HarnessError('invalid-usage', `${file} exists, and is left as it is`, { hint: 'give another name' });
    },
  };
}

/** An id, or a file whose case is named after the run's prompt. */
function caseNaming(name: string): { readonly id?: string; readonly out?: string } {
  if (name === '') return {};
  return /[/\\]|\.ya?ml$/.test(name) ? { out: name } : { id: name };
}
