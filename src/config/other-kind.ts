import { isObject, type Json } from '../core/json.ts';
import { memberAt, textAt } from './draft.ts';
import type { Finding } from './finding.ts';
import { quote } from './words.ts';

/** A kind of file of a project, told by the keys that only it has. */
interface Kind {
  readonly keys: readonly string[];
  is(value: Json): string;
  use(value: Json): string;
}

/** The first one that fits is it. */
const kinds: readonly Kind[] = [
  {
    keys: ['case', 'steps', 'digest'],
    is: (value) => `a cassette, the recording of the eval case ${quote(textAt(value, 'case') ?? '')}`,
    use: (value) => `its case plays it: ${evalCommand(textAt(value, 'case'))}`,
  },
  { keys: ['id', 'input'], is: () => 'an eval case', use: (value) => `play it: ${evalCommand(textAt(value, 'id'))}` },
  { keys: ['rows', 'case'], is: () => 'a table of eval cases', use: () => 'play its cases: harness eval' },
  {
    keys: ['rubric', 'examples'],
    is: () => 'a calibration',
    use: () => 'measure its judge: harness eval calibrate <file>',
  },
  { keys: ['harness', 'agents'], is: () => 'an app', use: () => 'name its folder as the app of the command' },
  { keys: ['dataEnvironment'], is: () => 'a workspace', use: () => 'app.yaml names it, and -w chooses it' },
  { keys: ['role', 'prompt'], is: () => 'an agent', use: () => 'app.yaml names it, and --agent chooses it' },
  { keys: ['type', 'properties'], is: () => 'a plan schema', use: () => 'app.yaml names it under "plans"' },
];

const script: Kind = {
  keys: ['prompt', 'script'],
  is: () => 'a smoke script',
  use: () => 'play it: harness smoke <file>, or harness chat --script <file>',
};

/** Keys by which a file of a kind is told. */
const own = { 'smoke script': script.keys, 'eval case': ['id', 'input'] } as const;

/** Says that a file is of another kind than it is used as, and how that one is used; nothing where it may be right. */
export function otherKind(value: Json, file: string, wanted: keyof typeof own): Finding | undefined {
  const has = (keys: readonly string[]) => keys.every((key) => memberAt(value, key) !== undefined);
  if (!isObject(value) || has(own[wanted])) return undefined;
  const kind = [script, ...kinds].find(({ keys }) => has(keys));
  if (kind === undefined) return undefined;
  const message = `${quote(file)} is ${kind.is(value)}, and no ${wanted}`;
  return { code: 'wrong-kind', message, hint: kind.use(value), path: [] };
}

function evalCommand(id: string | undefined): string {
  return id === undefined ? 'harness eval' : `harness eval ${id}`;
}
