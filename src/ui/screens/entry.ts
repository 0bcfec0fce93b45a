import type { SearchHit } from '../../core/catalog.ts';
import { visible } from '../../core/text.ts';
import { wrap } from '../lines.ts';
import type { Page, PageDesk } from '../page.ts';
import { textPage } from './text.ts';

/** A metric, or a rule for the whole database: nothing that belongs to one table. */
export function entryPage(desk: PageDesk, hit: SearchHit): Page {
  const { kind, name, description = '', detail = '', synonyms = [] } = hit;
  const also = synonyms.length > 0 ? `also: ${synonyms.join(', ')}` : '';
  const texts = [kind === 'rule' ? '' : name, description, also, detail].filter((text) => text !== '');
  const all = kind === 'rule' ? [name, ...texts] : texts;
  return textPage(desk, {
    title: kind,
    copy: kind === 'metric' ? detail : name,
    lines: ({ width }) => all.flatMap((text) => [...wrap(visible(text.trim()), width), '']),
  });
}
