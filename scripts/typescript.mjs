// Lets Node run the TypeScript of this repository: node --import ./scripts/typescript.mjs <file.ts>
// Tests are run with it (`tap` in package.json).
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
