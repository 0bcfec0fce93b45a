/**
 * Splits names and prose into the terms of the index. Names are split where their case changes, between letters and
 * digits, and at underscores and hyphens; the whole name is a term too, so that `productid` finds `product_id`.
 * Terms are in lower case, without accents and without the ending of an English plural; each comes once.
 */
export function termsOf(text: string): string[] {
  const found = new Set<string>();
  for (const name of namesIn(text)) {
    const words = wordsOf(name);
    for (const word of words) found.add(termOf(word));
    if (words.length > 1) found.add(termOf(words.join('')));
    if (found.size >= maxTerms) break;
  }
  return [...found];
}

/** One name of a query: the terms of its words, and the term of the whole where it has more than one word. */
export interface QueryName {
  readonly words: readonly string[];
  readonly whole: string | undefined;
}

/** The names of a query, the first few of them: nobody means a thousand words. */
export function queryNames(query: string): QueryName[] {
  const names: QueryName[] = [];
  let count = 0;
  for (const name of namesIn(query)) {
    const words = wordsOf(name).slice(0, maxQueryWords - count);
    count += words.length;
    if (words.length > 0) {
      names.push({ words: words.map(termOf), whole: words.length > 1 ? termOf(words.join('')) : undefined });
    }
    if (count >= maxQueryWords) break;
  }
  return names;
}

/** Longer texts are cut: what makes an entry worth finding is said in its first words. */
const maxText = 4000;
const maxTerms = 400;
const maxTermLength = 48;
const maxQueryWords = 12;

const nameIn = /[\p{L}\p{N}_]+(?:-[\p{L}\p{N}_]+)*/gu;
const ascii = /^[\x20-\x7e\s]*$/;
const plain = /^[a-z]+$/;
const wordIn = /\p{Lu}{2,}s(?!\p{Ll})|\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}\p{Lo}\p{Lm}\p{Lt}]+|\p{N}+/gu;

function namesIn(text: string): readonly string[] {
  const cut = text.length > maxText ? text.slice(0, maxText) : text;
  const folded = ascii.test(cut) ? cut : cut.normalize('NFKD').replace(/\p{M}+/gu, '');
  return folded.match(nameIn) ?? [];
}

function wordsOf(name: string): readonly string[] {
  return plain.test(name) ? [name] : (name.match(wordIn) ?? []);
}

function termOf(word: string): string {
  return singular(word.toLowerCase()).slice(0, maxTermLength);
}

/** Good enough for names, and the same for both sides: `categories` and `category`, `boxes` and `box`. */
function singular(word: string): string {
  if (word.length < 3 || !word.endsWith('s')) return word;
  if (word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (/(?:ss|x|ch|sh)es$/.test(word)) return word.slice(0, -2);
  return /(?:ss|us|is)$/.test(word) ? word : word.slice(0, -1);
}
