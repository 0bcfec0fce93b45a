import { nameFits } from '../core/args-match.ts';
import { nearest } from '../core/nearest.ts';
import { areOpen, type Form, type Forms, itemForms, memberForms, memberNames, ofType } from './schema-forms.ts';

/** Why a dotted path leads nowhere. */
export interface LostPath {
  /** Whether something that is not declared may stand there all the same. */
  readonly open: boolean;
  /** The path that was probably meant. */
  readonly meant: string | undefined;
}

/**
 * Why a dotted path, whose parts may hold `*` and `?`, leads nowhere in values of these forms; undefined when it leads
 * somewhere, or nobody can tell.
 */
export function lostPath(dotted: string, start: Forms): LostPath | undefined {
  const parts = dotted.split('.');
  let forms = start;
  for (const [index, part] of parts.entries()) {
    if (forms === undefined) return undefined;
    const next = step(forms, part);
    if (next?.length === 0) return lost(parts, index, forms);
    forms = next;
  }
  return undefined;
}

function step(forms: readonly Form[], part: string): Forms {
  const names = memberNames(forms).filter((name) => nameFits(part, name));
  const objects = ofType(forms, 'object') ?? [];
  const members = (names.length === 0 ? [part] : names).map((name) => memberForms(objects, name));
  const isIndex = /^\d+$/.test(part) || /[*?]/.test(part);
  const lists = isIndex ? (ofType(forms, 'array') ?? []) : [];
  const all = [...members, itemForms(lists)];
  return all.some((each) => each === undefined) ? undefined : all.flatMap((each) => each ?? []);
}

function lost(parts: readonly string[], index: number, forms: readonly Form[]): LostPath {
  const part = parts[index] ?? '';
  const name = nearest(part, memberNames(forms));
  return { open: areOpen(forms), meant: name === undefined ? undefined : parts.with(index, name).join('.') };
}
