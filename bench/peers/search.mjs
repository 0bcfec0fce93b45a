// Full-text search in the peers, over the documents and with the weights that bench/catalog.mjs gives to all.
import { create, insertMultiple, search } from '@orama/orama';
import MiniSearch from 'minisearch';

const boost = { name: 10, synonyms: 6, description: 3, context: 2, vals: 1 };

/** @returns what answers a query with its best `limit` documents. */
export function miniSearch(documents, fields, limit) {
  const index = new MiniSearch({ fields: [...fields], storeFields: ['shown'], searchOptions: { boost } });
  index.addAll(documents.map(({ texts, shown }, id) => ({ id, ...texts, shown })));
  return { ask: (query) => index.search(query).slice(0, limit) };
}

/** @returns what answers a query with its best `limit` documents. */
export async function orama(documents, fields, limit) {
  const index = create({ schema: Object.fromEntries(fields.map((field) => [field, 'string'])) });
  await insertMultiple(
    index,
    documents.map(({ texts, shown }) => ({ ...texts, shown })),
  );
  return { ask: async (term) => (await search(index, { term, boost, limit })).hits };
}
