import t from 'tap';
import { commentOf, harmless } from '../../src/codegen/comment.ts';
import { generateConfigTypes } from '../../src/codegen/config-types.ts';
import { pascalCase } from '../../src/codegen/names.ts';
import type { SchemaNode } from '../../src/codegen/schema-set.ts';
import { generateTypes } from '../../src/codegen/types.ts';

/** The declarations of one document called `Thing`. */
async function typesOf(schema: SchemaNode, others: Record<string, SchemaNode> = {}): Promise<string> {
  const schemas = { ...others, 'thing.json': schema };
  return (await generateTypes({ schemas, roots: { 'thing.json': 'Thing' }, defaultsAreFilled: false })).text;
}

/** The type of one property. */
async function typeOf(schema: SchemaNode): Promise<string> {
  const text = await typesOf({ type: 'object', required: ['x'], properties: { x: schema } });
  return /\bx: ([\s\S]*);\n\}\n/.exec(text)?.[1] ?? text;
}

t.test('each shape of a schema has its type', async (t) => {
  const cases: [string, SchemaNode][] = [
    ['string', { type: 'string', minLength: 3 }],
    ['number', { type: 'integer' }],
    ['boolean', { type: 'boolean' }],
    ['null', { type: 'null' }],
    ['string | null', { type: ['string', 'null'] }],
    ['number', { type: ['integer', 'number'] }],
    ["'a'", { const: 'a' }],
    ['null', { const: null }],
    ["'a' | 1 | true | null", { enum: ['a', 1, true, null, 'a'] }],
    ["('a' | 'b')[]", { type: 'array', items: { enum: ['a', 'b'] } }],
    ['unknown', { description: undefined }],
    ['unknown[]', { type: 'array' }],
    ['string[]', { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 5 }],
    ['{\n    [k: string]: unknown;\n  }', { type: 'object' }],
    ['{\n    [k: string]: unknown;\n  }', { type: 'object', anyOf: [{ required: ['a'] }] }],
    ['{}', { type: 'object', additionalProperties: false }],
    ['{\n    [k: string]: number;\n  }', { additionalProperties: { type: 'number' } }],
    ['{\n    [k: string]: unknown;\n  }', { type: 'object', propertyNames: { pattern: '^a' } }],
    ['{\n    a: number;\n  }', { type: 'object', required: ['a'], properties: { a: { type: 'number' } } }],
    [
      '{\n    a?: number;\n    b?: string;\n  }',
      {
        type: 'object',
        properties: { b: { type: 'string' }, a: { type: 'number' } },
        anyOf: [{ required: ['a'] }, { required: ['b'] }],
      },
    ],
    ['{\n    constructor: unknown;\n  }', { type: 'object', required: ['constructor'], properties: {} }],
    ['string | number', { anyOf: [{ type: 'string' }, { type: 'number' }] }],
  ];
  for (const [expected, schema] of cases) {
    t.equal((await typeOf(schema)).replace(/\/\*\*[\s\S]*?\*\/\s*/g, ''), expected, JSON.stringify(schema));
  }
});

t.test('shared definitions are declared once, also across documents and when they are recursive', async (t) => {
  const text = await typesOf(
    {
      type: 'object',
      properties: {
        first: { description: 'The first one.', $ref: 'other.json#/$defs/tree' },
        second: { $ref: 'other.json#/$defs/tree' },
        third: { $ref: 'other.json' },
        fourth: { $ref: '#/properties/first' },
      },
    },
    {
      'other.json': {
        title: 'The other',
        $defs: {
          tree: { type: 'object', properties: { branches: { type: 'array', items: { $ref: '#/$defs/tree' } } } },
        },
        type: 'object',
        properties: { tree: { $ref: '#/$defs/tree' } },
      },
    },
  );
  t.equal(
    text,
    `export interface Thing {
  /** The first one. */
  first?: Tree;
  /** The first one. */
  fourth?: Tree;
  second?: Tree;
  third?: TheOther;
}

export interface Tree {
  branches?: Tree[];
}

export interface TheOther {
  tree?: Tree;
}
`,
  );
});

t.test('a reference that leads nowhere, or in a circle, is one clear error', async (t) => {
  const away: [string, string][] = [
    ['#/$defs/mony', 'no schema at $ref "#/$defs/mony" in "thing.json"'],
    ['https://example.com/x.json', 'no schema at $ref "https://example.com/x.json" in "thing.json"'],
    ['#/__proto__', 'no schema at $ref "#/__proto__" in "thing.json"'],
    ['__proto__', 'no schema at $ref "__proto__" in "thing.json"'],
  ];
  for (const [ref, message] of away) {
    await t.rejects(typeOf({ $ref: ref }), { code: 'invalid-files', message });
  }
  const circle = { properties: { a: { $ref: '#/properties/b' }, b: { $ref: '#/properties/a' } } };
  await t.rejects(typesOf(circle), { code: 'invalid-files', message: /leads back to itself/ });
});

t.test('members with a default are required only where the checker fills them in', async (t) => {
  const schema = { type: 'object', properties: { a: { type: 'integer', minimum: 1, default: 2 } } };
  t.match(await typesOf(schema), /a\?: number;/);
  t.equal(
    (await generateConfigTypes({ 'agent.schema.json': schema })).replace(/^.*\n\n/, ''),
    `export interface AgentConfig {
  /**
   * @integer
   * @minimum 1
   * @default 2
   */
  a: number;
}
`,
  );
});

t.test('what TypeScript cannot hold is told in the doc comment', async (t) => {
  t.equal(commentOf({ type: 'string' }), undefined);
  t.equal(
    commentOf({
      description: 'A price.\r\n\r\nIn dollars.  ',
      type: 'number',
      exclusiveMinimum: 0,
      maximum: 1e6,
      multipleOf: 0.01,
      default: '*/',
    }),
    'A price.\n\nIn dollars.\n\n@exclusiveMinimum 0\n@maximum 1000000\n@multipleOf 0.01\n@default "*\\/"',
  );
  t.equal(
    commentOf({ type: 'array', uniqueItems: true, items: { type: 'string', pattern: '^a\n*/', format: 'date' } }),
    '@uniqueItems\n@items pattern ^a *\\/, format date',
  );
});

t.test('a description cannot leave its comment or deceive its reader', async (t) => {
  t.equal(harmless('a */ b **/ c'), 'a *\\/ b **\\/ c');
  t.equal(harmless('*\u202e/\u0000\u001b[31m'), '*\\/[31m');
  const hostile = '*/ export const evil = 1; /*';
  const text = await typesOf({
    description: hostile,
    type: 'object',
    properties: { a: { description: `@ts-ignore ${hostile}`, type: 'string', pattern: '*/' } },
  });
  const code = text.replace(/\/\*\*[\s\S]*?\*\//g, '');
  t.notMatch(code, /evil/);
  t.notMatch(text, /\/\*\* *@ts-ignore/, 'a comment of one line would be a directive of tsc');
});

t.test('keywords of the printer do not reach it, and no name or value can be code', async (t) => {
  const names = ['$ref', '$id', 'id', 'tsType', 'extends', 'title', 'description', '$defs', "it's", 'a b', '', '1x'];
  const text = await typesOf({
    type: 'object',
    tsType: 'Evil',
    extends: { title: 'Evil' },
    tsEnumNames: ['Evil'],
    properties: {
      ...Object.fromEntries(names.map((name) => [name, { type: 'string', tsType: 'Evil', nullable: true }])),
      z: { enum: ['"; evil', "'", '\\', '\u2028', { $ref: 'http://127.0.0.1:1/evil' }], tsEnumNames: ['Evil'] },
    },
  });
  t.equal(
    text,
    `export interface Thing {
  ''?: string;
  $defs?: string;
  $id?: string;
  $ref?: string;
  '1x'?: string;
  'a b'?: string;
  description?: string;
  extends?: string;
  id?: string;
  "it's"?: string;
  title?: string;
  tsType?: string;
  z?: '"; evil' | "'" | '\\\\' | '\\u2028' | {$ref: 'http://127.0.0.1:1/evil'};
}
`,
  );
});

t.test('names become type names', async (t) => {
  const cases = {
    price_change: 'PriceChange',
    'set-price': 'SetPrice',
    targetDatabase: 'TargetDatabase',
    HTTPCall: 'HTTPCall',
    'A price, changed': 'APriceChanged',
    '2x': 'Type2x',
    Q2bPlan: 'Q2bPlan',
    '!': 'Type',
    прайс: 'Прайс',
  };
  for (const [text, name] of Object.entries(cases)) t.equal(pascalCase(text, 'Type'), name);
  const text = await typesOf({ $defs: { q2b: { type: 'string' } }, properties: { a: { $ref: '#/$defs/q2b' } } });
  t.match(text, 'a?: Q2b;', 'the printer alone would write Q2B');
});
