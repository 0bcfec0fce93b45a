/**
 * Splits names and prose into the terms of the index. Names are split where their case changes, between letters and
 * digits, and at underscores and hyphens; the whole name is a term too, so that `productid` finds `product_id`.
 * Terms are in lower case, without accents and without the ending of an English plural; each comes once.
 */
export function termsOf(text: string): string[] {
  const found = new Set<string>();
  for (const name of namesIn(text)) {
    const words = wordsOf(name);
    for (const word of words) found.add(word);
    if (words.length > 1) found.add(wholeOf(words));
    if (found.size >= maxTerms) break;
  }
  return [...found];
}

/** The words of a name, each as a term. */
export function nameWords(name: string): readonly string[] {
  return namesIn(name).flatMap(wordsOf);
}

/** What a query says. */
export interface QueryWords {
  /** Terms of its words, the first few of them: nobody means a thousand. */
  readonly words: readonly string[];
  /** Words that follow each other, as the name that they might be: `order line` can mean `order_line`. */
  readonly wholes: readonly string[];
}

export function queryWords(query: string): QueryWords {
  const words: string[] = [];
  for (const name of namesIn(query)) {
    words.push(...wordsOf(name));
    if (words.length >= maxQueryWords) break;
  }
  words.splice(maxQueryWords);
  const wholes = words.flatMap((_, at) =>
    [2, 3, 4].filter((count) => at + count <= words.length).map((count) => wholeOf(words.slice(at, at + count))),
  );
  return { words: [...new Set(words)], wholes: [...new Set(wholes)] };
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

/** The terms of a name's words. */
function wordsOf(name: string): readonly string[] {
  return plain.test(name) ? [termOf(name)] : (name.match(wordIn) ?? []).map(termOf);
}

function wholeOf(words: readonly string[]): string {
  return words.join('').slice(0, maxTermLength);
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
