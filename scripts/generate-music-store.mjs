// Writes the seed of apps/music-store. Everything in it is invented, and the same each time.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const seedFile = fileURLToPath(new URL('../apps/music-store/data/music.sql', import.meta.url));
const rowsPerInsert = 500;

const words = (text) => text.trim().split(/\s+/);
const lines = (text) => text.trim().split(/\s*;\s*/);

const adjectives = words(`
  Amber Broken Copper Crimson Distant Electric Empty Endless Faded Frozen Gentle Golden Hidden Hollow Ivory Lonely
  Lunar Midnight Northern Paper Quiet Restless Rusty Sacred Scarlet Secret Silent Silver Slow Southern Velvet Wild`);
const nouns = words(`
  Anchor Avenue Bridge Candle Carousel Cathedral Compass Engine Feather Garden Harbour Highway Horizon Island Lantern
  Letter Meadow Mirror Monsoon Mountain Orchard Parade Radio River Satellite Shadow Signal Station Summer Thunder
  Tower Window Winter Wolf`);
const places = words(
  'Arizona Bergen Bombay Cadiz Dakar Havana Kyoto Lisbon Lyon Memphis Naples Oslo Porto Quito Tartu',
);
const firstNames = words(`
  Ada Amir Anna Bruno Carla Chen Clara Daniel Diego Elena Emil Eva Farid Greta Hana Hugo Ines Ivan Jonas Julia Kofi Lara
  Leo Lina Marta Mateo Mia Nadia Nils Noah Olga Omar Paula Pedro Rosa Samir Sara Tomas Vera Yuki`);
const lastNames = words(`
  Abbott Almeida Andersen Baptiste Becker Bianchi Castro Diaz Dubois Eriksen Farrell Fischer Gomez Haddad Hansen Ito
  Jansen Keller Kowalski Laurent Lindqvist Marino Mensah Moreau Nakamura Novak O'Brien Okafor Park Pereira Rossi Santos
  Schmidt Silva Sato Tanaka Torres Varga Weber Zhang`);
const genres = lines(`
  Rock; Jazz; Electronic; Folk; Hip Hop; Classical; Blues; Reggae; Metal; Soul; Country; Latin; Ambient; Punk; Soundtrack`);
const mediaTypes = lines('MP3 file; FLAC file; AAC file; WAV file; Protected AAC file');
const labels = lines(`
  Blue Heron; Tin Roof; Northlight; Sandbox Sound; Gramophone Row; Orange Door; Old Quarry; Second Floor; Paper Moon;
  Deep Field; Night Bus; Harbour Street`);
const cities = {
  Germany: words('Berlin Hamburg Leipzig'),
  France: words('Paris Lille'),
  Brazil: words('Recife Curitiba'),
  'United States': words('Austin Portland Denver Chicago'),
  Canada: words('Toronto Halifax'),
  Japan: words('Osaka Sapporo'),
  Norway: words('Bergen Trondheim'),
  Portugal: words('Porto Braga'),
  India: words('Pune Kochi'),
  'United Kingdom': words('Leeds Bristol Glasgow'),
};
const countries = Object.keys(cities);
const devices = words('phone phone phone phone web web tv car');
const segments = words('RET RET RET RET STU STU PRO');
const remarks = lines(`
  Grows with every listen; Two songs too long; The best of the year; Fine for a long drive; Not what I expected;
  Lovely sound, thin lyrics; I come back to it every week; Skip the second half; A brave record`);

const columns = {
  genres: 'id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE',
  media_types: 'id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE',
  labels: 'code TEXT PRIMARY KEY, name TEXT NOT NULL, country TEXT NOT NULL',
  artists: 'id INTEGER PRIMARY KEY, name TEXT NOT NULL, country TEXT NOT NULL, formed_in INTEGER',
  // lbl_cd is a reference that the database does not declare.
  albums: `id INTEGER PRIMARY KEY, artist_id INTEGER NOT NULL REFERENCES artists (id), title TEXT NOT NULL,
  released_on TEXT NOT NULL, lbl_cd TEXT`,
  tracks: `id INTEGER PRIMARY KEY, album_id INTEGER NOT NULL REFERENCES albums (id), track_no INTEGER NOT NULL,
  title TEXT NOT NULL, genre_id INTEGER NOT NULL REFERENCES genres (id),
  media_type_id INTEGER NOT NULL REFERENCES media_types (id), composer TEXT, dur_ms INTEGER NOT NULL,
  unit_price REAL NOT NULL`,
  playlists: 'id INTEGER PRIMARY KEY, name TEXT NOT NULL',
  playlist_tracks: `playlist_id INTEGER NOT NULL REFERENCES playlists (id),
  track_id INTEGER NOT NULL REFERENCES tracks (id), PRIMARY KEY (playlist_id, track_id)`,
  employees: `id INTEGER PRIMARY KEY, first_name TEXT NOT NULL, last_name TEXT NOT NULL, job_title TEXT NOT NULL,
  reports_to INTEGER REFERENCES employees (id), hired_on TEXT NOT NULL`,
  customers: `id INTEGER PRIMARY KEY, first_name TEXT NOT NULL, last_name TEXT NOT NULL, email TEXT NOT NULL UNIQUE,
  country TEXT NOT NULL, city TEXT NOT NULL, cust_seg TEXT NOT NULL, support_rep_id INTEGER REFERENCES employees (id),
  joined_on TEXT NOT NULL, is_deleted INTEGER NOT NULL DEFAULT 0`,
  invoices: `id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id), issued_on TEXT NOT NULL,
  st TEXT NOT NULL`,
  invoice_lines: `id INTEGER PRIMARY KEY, invoice_id INTEGER NOT NULL REFERENCES invoices (id),
  track_id INTEGER NOT NULL REFERENCES tracks (id), unit_price REAL NOT NULL, qty INTEGER NOT NULL,
  disc_pct INTEGER NOT NULL DEFAULT 0`,
  reviews: `id INTEGER PRIMARY KEY, album_id INTEGER NOT NULL REFERENCES albums (id),
  customer_id INTEGER NOT NULL REFERENCES customers (id), rating INTEGER NOT NULL, body TEXT, written_on TEXT NOT NULL`,
  // Comes from another system, which writes names its own way and declares no references.
  playEvents: `eventId INTEGER PRIMARY KEY, trackId INTEGER NOT NULL, customerId INTEGER, playedAt TEXT NOT NULL,
  deviceType TEXT NOT NULL, secondsPlayed INTEGER NOT NULL`,
};

const afterTables = `CREATE INDEX invoices_customer ON invoices (customer_id);
CREATE INDEX invoice_lines_invoice ON invoice_lines (invoice_id);
CREATE VIEW paid_sales AS
SELECT l.id AS line_id, i.issued_on, i.customer_id, l.track_id, l.qty,
  l.qty * l.unit_price * (100 - l.disc_pct) / 100 AS amount
FROM invoice_lines l JOIN invoices i ON i.id = l.invoice_id JOIN customers c ON c.id = i.customer_id
WHERE i.st = 'P' AND c.is_deleted = 0;
`;

/** The whole seed as SQL. The same text each time. */
export function musicStoreSql() {
  const random = randomFrom(20_261_122);
  const music = makeMusic(random);
  const people = makePeople(random);
  const tables = { ...music, ...people, ...makeUse(random, music, people) };
  const parts = Object.entries(columns).map(([name, definition]) => tableSql(name, definition, tables[name]));
  return `-- Written by scripts/generate-music-store.mjs. All of it is invented.\n${parts.join('')}${afterTables}`;
}

/** Music as it is sold: who made it, and where it is listed. */
function makeMusic({ upTo, pick, chance, early, date }) {
  const artists = times(140, (id) => {
    const group = `The ${pick(adjectives)} ${pick(nouns)}s`;
    const person = `${pick(firstNames)} ${pick(lastNames)}`;
    return [id, chance(60) ? group : person, pick(countries), chance(90) ? 1968 + upTo(55) : null];
  });
  const codes = labels.map((name) => name.replace(/[^A-Z]/g, '') + name.length);
  const albums = times(320, (id) => {
    const title = chance(70) ? `${pick(adjectives)} ${pick(nouns)}` : `${pick(nouns)} of ${pick(places)}`;
    return [id, early(artists)[0], title, date('1995-01-01', 11_200), chance(92) ? pick(codes) : null];
  });
  const tracks = albums.flatMap(([album, artist]) => {
    const genre = 1 + ((artist * 7) % genres.length);
    return times(7 + upTo(7), (no) => {
      const title = chance(50) ? `${pick(adjectives)} ${pick(nouns)}` : `${pick(nouns)} in ${pick(places)}`;
      const composer = chance(75) ? `${pick(firstNames)} ${pick(lastNames)}` : null;
      const price = pick([0.79, 0.99, 0.99, 0.99, 1.29]);
      const ownGenre = chance(85) ? genre : 1 + upTo(genres.length);
      return [album, no, title, ownGenre, early(times(5, (id) => id)), composer, 95_000 + upTo(310_000), price];
    });
  });
  const playlists = times(36, (id) => [
    id,
    `${pick(adjectives)} ${pick(['Morning', 'Evening', 'Drive', 'Party', 'Focus'])}`,
  ]);
  return {
    genres: genres.map((name, at) => [at + 1, name]),
    media_types: mediaTypes.map((name, at) => [at + 1, name]),
    labels: labels.map((name, at) => [codes[at], name, pick(countries)]),
    artists,
    albums,
    tracks: tracks.map((track, at) => [at + 1, ...track]),
    playlists,
    playlist_tracks: playlists.flatMap(([id]) => {
      const chosen = new Set(times(30 + upTo(50), () => 1 + upTo(tracks.length)));
      return [...chosen].sort((a, b) => a - b).map((track) => [id, track]);
    }),
  };
}

/** Those who sell and those who buy. */
function makePeople({ upTo, pick, chance, early, date }) {
  const titles = [
    'General Manager',
    'Sales Manager',
    'Catalog Manager',
    ...times(7, () => 'Sales Support Agent'),
    'Editor',
  ];
  const manager = (title) => (title === 'Sales Support Agent' ? 2 : title === 'Editor' ? 3 : 1);
  const employees = titles.map((title, at) => {
    const reportsTo = at === 0 ? null : manager(title);
    return [at + 1, firstNames[at * 3], lastNames[at * 3 + 1], title, reportsTo, date('2015-01-01', 2500)];
  });
  const agents = employees.filter(([, , , title]) => title === 'Sales Support Agent').map(([id]) => id);
  const customers = times(620, (id) => {
    const [first, last, country] = [pick(firstNames), pick(lastNames), early(countries)];
    const email = `${first}.${last}${id}@example.com`.toLowerCase().replace("'", '');
    const rep = chance(96) ? pick(agents) : null;
    const place = [country, pick(cities[country])];
    return [id, first, last, email, ...place, pick(segments), rep, date('2021-01-01', 1800), upTo(100) < 6 ? 1 : 0];
  });
  return { employees, customers };
}

/** What customers buy, say and listen to. */
function makeUse({ upTo, pick, chance, early, date }, { tracks, albums }, { customers }) {
  const invoices = times(2600, (id) => {
    const status = chance(88) ? 'P' : pick(['O', 'O', 'V', 'R', 'R']);
    return [id, early(customers)[0], date('2023-01-01', 1277), status];
  });
  const invoiceLines = invoices.flatMap(([invoice]) =>
    times(1 + upTo(5), () => {
      const track = early(tracks);
      const discount = chance(80) ? 0 : pick([10, 15, 25, 50]);
      return [invoice, track[0], track.at(-1), chance(90) ? 1 : 2 + upTo(3), discount];
    }),
  );
  const reviews = times(1400, (id) => {
    const rating = pick([1, 2, 3, 3, 4, 4, 4, 5, 5]);
    const body = chance(45) ? pick(remarks) : null;
    return [id, early(albums)[0], pick(customers)[0], rating, body, date('2023-01-01', 1277)];
  });
  const playEvents = times(4200, (id) => {
    const track = early(tracks);
    const whole = Math.floor(track[7] / 1000);
    const time = `T${String(6 + upTo(18)).padStart(2, '0')}:${String(upTo(60)).padStart(2, '0')}:00Z`;
    const seconds = chance(62) ? whole : 5 + upTo(whole - 5);
    const customer = chance(90) ? pick(customers)[0] : null;
    return [id, track[0], customer, date('2026-01-01', 181) + time, pick(devices), seconds];
  });
  return { invoices, invoice_lines: invoiceLines.map((line, at) => [at + 1, ...line]), reviews, playEvents };
}

/** mulberry32, which is short and the same everywhere, and what is drawn with it. */
function randomFrom(seed) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const upTo = (limit) => Math.floor(next() * limit);
  return {
    upTo,
    chance: (percent) => upTo(100) < percent,
    pick: (list) => list[upTo(list.length)],
    /** The earlier in the list, the likelier. */
    early: (list) => list[Math.floor(next() ** 2 * list.length)],
    date: (first, days) => new Date(Date.parse(first) + upTo(days) * 86_400_000).toISOString().slice(0, 10),
  };
}

function times(count, make) {
  return Array.from({ length: count }, (_, at) => make(at + 1));
}

function tableSql(name, definition, rows) {
  const inserts = [];
  for (let at = 0; at < rows.length; at += rowsPerInsert) {
    const values = rows.slice(at, at + rowsPerInsert).map((row) => `(${row.map(literal).join(',')})`);
    inserts.push(`INSERT INTO ${name} VALUES\n${values.join(',\n')};\n`);
  }
  return `CREATE TABLE ${name} (\n  ${definition}\n);\n${inserts.join('')}`;
}

function literal(value) {
  if (value === null) return 'NULL';
  return typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(seedFile, musicStoreSql());
