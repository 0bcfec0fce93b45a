import { visible } from '../../core/text.ts';
import { withText } from '../editor.ts';
import { faultWords } from '../fault-words.ts';
import type { KeyHelp } from '../key-table.ts';
import type { Key } from '../keys.ts';
import { pressQuestion, type Question, questionLine } from '../line-edit.ts';
import { wrap } from '../lines.ts';
import type { PageDesk } from '../page.ts';
import type { Look } from '../paint.ts';

/** A question at the foot of a page, and what came of it. */
export interface Asking {
  /** Asks; the answer is given to `answered`. */
  ask(label: string, text: string, answered: (text: string) => void): void;
  /** Says something that may be too long for the last line, until the next key. */
  tell(text: readonly string[], tone: 'good' | 'bad'): void;
  /** Whether keys go into the question. */
  open(): boolean;
  /** The keys of the last line, while they go into the question. */
  keys(): readonly KeyHelp[] | undefined;
  /** What there is to see. */
  lines(look: Look): readonly string[];
  /** @returns false where there is no question */
  press(key: Key): boolean;
}

export function asking(): Asking {
  let open: { readonly question: Question; readonly answered: (text: string) => void } | undefined;
  let told: { readonly text: readonly string[]; readonly tone: 'good' | 'bad' } | undefined;
  return {
    tell: (text, tone) => {
      told = { text, tone };
    },
    ask: (label, text, answered) => {
      open = { question: { label, editor: withText(text) }, answered };
    },
    open: () => open !== undefined,
    keys: () => (open ? askingKeys : undefined),
    lines: (look) => {
      if (open) return [questionLine(open.question, look)];
      const paint = told?.tone === 'bad' ? look.theme.red : look.theme.green;
      return (told?.text ?? []).flatMap((line) => wrap(visible(line), look.width - 1)).map((line) => paint(` ${line}`));
    },
    press: (key) => {
      told = undefined;
      if (!open) return false;
      const { question, answered } = open;
      const next = pressQuestion(question, key);
      if (next === 'answered' || next === 'dropped') open = undefined;
      else if (next) open = { question: next, answered };
      if (next === 'answered') answered(question.editor.text.trim());
      return true;
    },
  };
}

const askingKeys: readonly KeyHelp[] = [{ keys: 'enter', about: 'write it under this name', brief: 'writes it' }];

/** Asks under which name a run is saved as an eval case, and saves it. */
export function saveCase(desk: PageDesk, { ask, tell }: Asking, runId: string): void {
  const { files } = desk.controller;
  const failed = (thrown: unknown) => {
    tell(faultWords(thrown), 'bad');
    desk.changed();
  };
  try {
    ask('save as eval case, id or file:', files.caseName(runId), (name) => {
      files.saveCase(runId, name).then(({ file, notes }) => {
        tell([`wrote ${file}`, ...notes], 'good');
        desk.changed();
      }, failed);
    });
  } catch (thrown) {
    failed(thrown);
  }
}

/** Asks where a session is exported to, and exports it. */
export function exportSession(desk: PageDesk, { ask, tell }: Asking, session: string): void {
  const { files } = desk.controller;
  ask('export to a .md or .json file:', `${session}.md`, (file) => {
    try {
      tell([`wrote ${files.exportSession(session, file).file}`], 'good');
    } catch (thrown) {
      tell(faultWords(thrown), 'bad');
    }
    desk.changed();
  });
}
