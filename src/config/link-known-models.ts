import type { Json } from '../core/json.ts';
import { nearest } from '../core/nearest.ts';
import { bodies, type Draft, memberAt, objectAt, type Report, textAt, textsAt } from './draft.ts';
import type { Finding } from './finding.ts';
import { type Path, quote } from './words.ts';

/** What is known of models, by their providers' names for them. */
export type KnownModels = Readonly<Record<string, { readonly maxOutputTokens: number }>>;

/** Warns of models that are asked for more than they can write, and of ids that look like a slip. */
export function linkKnownModels(draft: Draft, known: KnownModels, report: Report): void {
  const models = objectAt(draft.app.value, 'models');
  const excess = (names: readonly string[], value: Json, path: Path): Finding | undefined => {
    const asked = memberAt(value, 'maxOutputTokens');
    if (typeof asked !== 'number') return undefined;
    const found = names.map((name) => excessOf(name, memberAt(models, name), asked, known));
    const message = found.find((each) => each !== undefined);
    const hint = 'its provider would refuse the step; harness models lists what is known';
    return message === undefined
      ? undefined
      : { code: 'too-many-tokens', severity: 'warning', message, hint, path: [...path, 'maxOutputTokens'] };
  };
  for (const [name, model] of Object.entries(models)) {
    for (const finding of [excess([name], model, ['models', name]), slip(draft, name, model, known)]) {
      if (finding) report(draft.app, finding);
    }
  }
  for (const [, part, value] of bodies(draft.agents)) {
    const name = textAt(value, 'model') ?? '';
    // What an agent asks for, it asks of the fallbacks of its model too.
    const fallback = textsAt(memberAt(models, name), 'fallback').map(([, each]) => each);
    const finding = excess([name, ...fallback], value, []);
    if (finding) report(part, { ...finding, message: `${finding.message}, by ${part.subject}` });
  }
}

function excessOf(name: string, model: Json | undefined, asked: number, known: KnownModels): string | undefined {
  const id = textAt(model, 'id');
  if (id === undefined || !Object.hasOwn(known, id)) return undefined;
  const most = known[id]?.maxOutputTokens ?? asked;
  if (asked <= most) return undefined;
  const count = (tokens: number) => tokens.toLocaleString('en-US');
  return `model ${quote(name)} can write ${count(most)} tokens in one step, and is asked for ${count(asked)}`;
}

/** So many letters may be wrong in an id that was meant to be a known one. */
const mostSlips = 2;

/** Other numbers are another version, and servers of one's own have names of their own: nothing is said of those. */
function slip(draft: Draft, name: string, model: Json, known: KnownModels): Finding | undefined {
  const id = textAt(model, 'id');
  const provider = draft.providers.get(textAt(model, 'provider') ?? '')?.part?.value;
  if (id === undefined || Object.hasOwn(known, id) || memberAt(provider, 'baseUrl') !== undefined) return undefined;
  const digits = (text: string) => text.replace(/\D/g, '');
  const sameVersion = Object.keys(known).filter((each) => digits(each) === digits(id));
  const meant = nearest(id, sameVersion, mostSlips);
  if (meant === undefined) return undefined;
  const message = `the id ${quote(id)} of model ${quote(name)} is not known`;
  return {
    code: 'unknown-model-id',
    severity: 'warning',
    message,
    hint: `did you mean ${quote(meant)}?`,
    path: ['models', name, 'id'],
  };
}
