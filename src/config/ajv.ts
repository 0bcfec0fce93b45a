import type { FuncKeywordDefinition, SchemaValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { PatternMaker } from '../core/condition.ts';
import { canonical, type Json } from '../core/json.ts';

/** The one compiler of users' schemas. It fetches nothing, changes no value and runs no pattern but RE2's. */
export function createAjv(patternOf: PatternMaker): Ajv2020 {
  // Ajv shares one pattern among all that have the same text, and takes the text from toString.
  const regExp = (pattern: string) => ({ test: patternOf(pattern), toString: () => pattern });
  const ajv = new Ajv2020({
    strict: true,
    strictTypes: false,
    strictRequired: false,
    allowUnionTypes: true,
    allErrors: true,
    ownProperties: true,
    discriminator: true,
    verbose: true,
    meta: false,
    validateSchema: false,
    logger: false,
    code: { regExp: Object.assign(regExp, { code: 're2' }) },
  });
  formats.default(ajv);
  ajv.removeKeyword('uniqueItems').addKeyword(uniqueItems);
  return ajv;
}

/** Ajv's own compares each object with each other, and calls members named `valueOf`. */
const isUnique: SchemaValidateFunction = (wanted: boolean, items: readonly Json[]) => {
  const seen = new Map<string, number>();
  for (const [index, item] of items.entries()) {
    const text = canonical(item);
    const before = seen.get(text);
    if (wanted && before !== undefined) {
      isUnique.errors = [{ keyword: 'uniqueItems', params: { i: index, j: before } }];
      return false;
    }
    seen.set(text, index);
  }
  return true;
};

const uniqueItems: FuncKeywordDefinition = {
  keyword: 'uniqueItems',
  type: 'array',
  schemaType: 'boolean',
  errors: true,
  validate: isUnique,
};
