import { relative } from 'node:path';
import { visibleLine } from '../../core/text.ts';
import { colourOn, palette, print, printJson } from '../console.ts';
import type { Answers } from './answers.ts';
import type { Placed } from './place.ts';

/** Tells what was made, and what can be done with it. */
export function printMade({ folder, name, database }: Answers, placed: Placed, asData: boolean): void {
  if (asData) {
    printJson({ folder, app: name, ...placed });
    return;
  }
  const shown = relative(process.cwd(), folder) || '.';
  const look = palette(colourOn(process.stdout));
  print(`${look.green('✓')} ${visibleLine(shown)}: app ${name}`);
  const schemas = placed.made.filter((file) => file.startsWith('schemas/'));
  for (const file of placed.made) if (!schemas.includes(file)) print(`  ${visibleLine(file)}`);
  if (schemas.length > 0) print('  schemas/ (for editors)');
  for (const file of placed.extended) print(`  ${file} (lines added)`);
  for (const file of placed.kept) print(`  ${visibleLine(file)} was there, and is as it was`);
  print('');
  print('next:');
  if (shown !== '.') print(`  cd ${shellWord(shown)}`);
  for (const line of next(name, database !== undefined)) print(`  ${line}`);
}

function next(app: string, database: boolean): string[] {
  const script = `apps/${app}/smoke/${database ? 'count-rows' : 'restock'}.yaml`;
  return ['harness validate', 'harness smoke', 'harness eval', `harness chat --script ${script}`];
}

/** A word of a command line that a shell reads as it is meant. */
function shellWord(text: string): string {
  const word = visibleLine(text);
  return /^[\w./@%+=:,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
