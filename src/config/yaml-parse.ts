import {
  Composer,
  type CST,
  isCollection,
  isPair,
  isScalar,
  Lexer,
  type ParsedNode,
  Parser,
  type Scalar,
  type YAMLError,
} from 'yaml';

/** Deepest nesting that is read. */
export const maxDepth = 100;

/** What is wrong with the text of a YAML file, from `start` to `end` in UTF-16 units. */
export interface Flaw {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly start: number;
  readonly end: number;
}

export type Parsed = { readonly contents: ParsedNode } | { readonly flaw: Flaw };

/**
 * The one document of a text as yaml's tree. The first flaw in the syntax ends it, because what the parser makes
 * of the rest is guesswork. Takes time linear in the length of the text: nesting is measured while the tokens
 * come, since deep nesting makes the package slow and recursive.
 */
export function parseYaml(text: string): Parsed {
  const tokens = readTokens(text);
  if ('flaw' in tokens) return tokens;
  const document = compose(tokens.tokens, text.length);
  const error = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0])[0];
  if (error) return { flaw: syntaxFlaw(error, document.contents, text) };
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.source === '' && contents.type === 'PLAIN')) {
    return { flaw: { code: 'empty-file', message: 'the file is empty', start: 0, end: 0 } };
  }
  return { contents };
}

type Tokens = { readonly tokens: readonly CST.Token[] } | { readonly flaw: Flaw };

function readTokens(text: string): Tokens {
  const lexer = new Lexer();
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let documents = 0;
  const accept = (token: CST.Token): Flaw | undefined => {
    tokens.push(token);
    if (token.type === 'directive') return directiveFlaw(token);
    if (token.type !== 'document' || ++documents === 1) return undefined;
    const range = { start: token.offset, end: token.offset + 3 };
    return { code: 'several-documents', message: 'a second document begins; a file holds one', ...range };
  };
  for (const lexeme of lexer.lex(text)) {
    for (const token of parser.next(lexeme)) {
      const flaw = accept(token);
      if (flaw) return { flaw };
    }
    // The stack holds the document and one entry for each open collection, and the scalar being read.
    if (parser.stack.length > maxDepth + 2) {
      return { flaw: tooDeep(parser.offset, parser.offset + 1) };
    }
  }
  for (const token of parser.end()) {
    const flaw = accept(token);
    if (flaw) return { flaw };
  }
  return { tokens };
}

export function tooDeep(start: number, end: number): Flaw {
  return { code: 'too-deep', message: `nested deeper than ${maxDepth} levels`, start, end };
}

function directiveFlaw(token: CST.Directive): Flaw | undefined {
  if (/^%YAML[ \t]+1\.2\s*$/.test(token.source)) return undefined;
  const range = { start: token.offset, end: token.offset + token.source.length };
  if (token.source.startsWith('%YAML')) {
    const hint = 'leave the line out; files are read as YAML 1.2';
    return { code: 'yaml-version', message: 'only YAML 1.2 is read', hint, ...range };
  }
  return {
    code: 'yaml-syntax',
    message: 'directives are not used in these files',
    hint: 'leave the line out',
    ...range,
  };
}

function compose(tokens: readonly CST.Token[], length: number) {
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    // Quadratic in the package; ours is a set.
    uniqueKeys: false,
    resolveKnownTags: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  // A hostile text has an error in each character, and a stack trace for each of them takes seconds.
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    for (const document of composer.compose(tokens, true, length)) return document;
  } finally {
    Error.stackTraceLimit = limit;
  }
  throw new Error('the YAML composer gave no document');
}

interface Saying {
  /** How the package's message begins. */
  readonly begins: string;
  readonly message: string;
  readonly hint?: string;
}

/** The package's messages speak of its grammar; these speak of what was written. */
const sayings: readonly Saying[] = [
  { begins: 'Tabs are not allowed', message: 'a tab in the indentation', hint: 'indent with spaces' },
  {
    begins: 'Nested mappings',
    message: 'a value contains a colon and a space',
    hint: 'put text that contains ": " in quotes',
  },
  {
    begins: 'Implicit ',
    message: 'this stands where a key does, but is none',
    hint: 'a key ends with a colon on its own line',
  },
  { begins: 'All mapping items', message: 'the keys of one object must start in the same column' },
  { begins: 'A block sequence may not', message: 'the items of one list must start in the same column' },
  { begins: 'Flow sequence in block', message: 'a list that begins with [ must end with ] before this' },
  { begins: 'Flow map in block', message: 'an object that begins with { must end with } before this' },
  { begins: 'Plain value cannot start', message: 'a value cannot start with this character', hint: 'put it in quotes' },
];

function syntaxFlaw(error: YAMLError, contents: ParsedNode | null, text: string): Flaw {
  const [start, end] = error.pos;
  if (error.code === 'TAG_RESOLVE_FAILED') {
    const tag = text.slice(start, end);
    const hint = 'use plain values; quote text that looks like a number or a date';
    return { code: 'unknown-tag', message: `the tag ${tag} is not known`, hint, start, end };
  }
  if (error.code === 'MISSING_CHAR' && error.message.includes('quote')) {
    const open = unclosedQuote(contents, text.length);
    return { code: 'yaml-syntax', message: 'the quote that begins here is never closed', start: open, end: open + 1 };
  }
  const saying = sayings.find(({ begins }) => error.message.startsWith(begins));
  const message = saying?.message ?? error.message.charAt(0).toLowerCase() + error.message.slice(1);
  const line = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  const hint = line.includes('{{') ? templateHint : saying?.hint;
  return { code: 'yaml-syntax', message, start, end, ...(hint === undefined ? {} : { hint }) };
}

export const templateHint = 'put text that starts with "{{" in quotes';

/** Where the quoted text begins that runs to the end of the file. */
function unclosedQuote(contents: ParsedNode | null, end: number): number {
  let found: Scalar.Parsed | undefined;
  const visit = (node: unknown): void => {
    if (isPair(node)) {
      visit(node.key);
      visit(node.value);
    } else if (isCollection(node)) {
      const last = node.items.at(-1);
      if (last !== undefined) visit(last);
    } else if (isScalar(node) && node.type?.startsWith('QUOTE')) {
      found = node as Scalar.Parsed;
    }
  };
  visit(contents);
  return found ? found.range[0] : Math.max(0, end - 1);
}
