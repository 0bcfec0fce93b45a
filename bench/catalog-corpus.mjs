// Entries and queries like those of a large database, the same each time: tables with described columns and frequent
// values, and words of which a few are in most entries and most are rare.

const common = `id name date status code type amount order customer created updated at number total is by product
  region account value`.split(/\s+/);
const prose = 'the of each one row for that was when it and in as with by its a which last time'.split(' ');
const syllables = 'ba cor den fil gra hov jun kel lom mar nis pol quen rit sab tur vex wil yor zan'.split(' ');

/** Numbers from 0 to 1 that look random. */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** Words of three syllables: 8,000 of them, the first ones taken far more often. */
function wordsBy(random) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  return {
    pick,
    common: () => common[Math.floor(common.length * random() ** 2)],
    rare() {
      const rank = Math.floor(8000 * random() ** 3);
      return [rank % 20, Math.floor(rank / 20) % 20, Math.floor(rank / 400)].map((at) => syllables[at]).join('');
    },
  };
}

/** What `tableEntries` makes entries of, as many tables as are asked for. */
function* tables() {
  const random = randomNumbers(7);
  const words = wordsBy(random);
  const sentence = (length) =>
    Array.from({ length }, () => (random() < 0.6 ? words.pick(prose) : words.rare())).join(' ');
  for (let at = 0; ; at++) {
    const table = `${words.rare()}_${words.rare()}_${at}`;
    const columns = Array.from({ length: 12 }, (_, place) => columnName(words, random, place));
    const note = (kind, text, column) => ({ kind, text, table, by: 'catalog', ...(column && { column }) });
    yield {
      info: {
        name: table,
        kind: 'table',
        columns: columns.map((name) => ({ name, type: 'TEXT', notNull: false, primaryKey: 0, generated: false })),
        indexes: [],
        rows: { count: 1000, about: false },
      },
      profile: {
        table,
        looked: 1000,
        sampled: false,
        columns: columns.map((column, place) => ({ column, frequent: place % 4 === 1 ? values(words, random) : [] })),
      },
      keys: [],
      notes: [
        note('description', sentence(12)),
        note('synonym', words.rare()),
        ...columns.filter(() => random() < 0.5).map((column) => note('description', sentence(8), column)),
      ],
    };
  }
}

function columnName(words, random, place) {
  if (place === 0) return 'id';
  const first = random() < 0.5 ? words.common() : words.rare();
  return random() < 0.3 ? `${first}_${place}` : `${first}_${words.common()}_${place}`;
}

function values(words, random) {
  const texts = Array.from({ length: 8 }, () => (random() < 0.5 ? words.rare() : `${words.rare()} ${words.common()}`));
  return [...new Set(texts)].map((value) => ({ value, count: 10 }));
}

/** Queries by what they are like, `count` of each. */
export function queries(count) {
  const random = randomNumbers(11);
  const words = wordsBy(random);
  const { rare, common: frequent } = words;
  const kinds = {
    'a rare word': rare,
    'two rare words': () => `${rare()} ${rare()}`,
    'a rare and a frequent word': () => `${rare()} ${frequent()}`,
    'a frequent word': frequent,
    'two frequent words': () => `${frequent()} ${frequent()}`,
    'an identifier': () => `${rare()}_${frequent()}_id`,
    'a question': () => `which ${frequent()} of the ${rare()} ${frequent()} was last in each ${frequent()}`,
    'the beginning of a word': () => rare().slice(0, 5),
    'a misspelled word': () => rare().replace(/^(...)(.)(.)/, '$1$3$2'),
  };
  return Object.entries(kinds).map(([kind, make]) => ({ kind, texts: Array.from({ length: count }, make) }));
}

/** As many entries as are asked for, of as many tables as that takes. */
export function* entries(entriesOf, count) {
  let left = count;
  for (const table of tables()) {
    for (const entry of entriesOf(table)) {
      if (left-- === 0) return;
      yield entry;
    }
  }
}
