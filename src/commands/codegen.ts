import { join, relative } from 'node:path';
import { generatePlans } from '../codegen/plans.ts';
import { compareOrWrite } from '../codegen/write.ts';
import { type ExitCode, exits } from '../core/errors.ts';
import { print, printJson } from './console.ts';
import { loadForUse } from './load.ts';
import { selectApps } from './select.ts';

export interface CodegenOptions {
  readonly check?: boolean;
  readonly json?: boolean;
}

/** `harness codegen [app] [--check]`: plan schemas to TypeScript, beside the app. */
export async function codegen(word: string | undefined, options: CodegenOptions): Promise<ExitCode> {
  const { check = false } = options;
  const files: { file: string; state: string }[] = [];
  for (const dir of selectApps(word)) {
    const { app } = await loadForUse(dir);
    if (Object.keys(app.plans).length === 0) continue;
    const file = join(app.dir, 'generated', 'plans.ts');
    const state = await compareOrWrite(file, await generatePlans(app.plans), check);
    files.push({ file: relative(process.cwd(), file), state });
  }
  const stale = files.filter((each) => each.state === 'stale');
  if (options.json) printJson({ files });
  else for (const { file, state } of files) print(`${state.padEnd(9)}  ${file}`);
  if (!options.json && files.length === 0) print('no plan schemas');
  if (!options.json && stale.length > 0) print('run `harness codegen` and commit the result');
  return stale.length > 0 ? exits.failed : exits.ok;
}
