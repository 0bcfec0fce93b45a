import { openSandbox } from '../../src/data/sandbox.ts';

// A process of its own that opens a database and never closes it: node … sandbox-host.ts <database> [statement]
const [, , file = '', statement] = process.argv;
const limits = { maxRows: 10, maxBytes: 1000 };
const sandbox = openSandbox({ file, timeoutMs: 60_000 });
await sandbox.query('SELECT 1', limits);
console.log('warm');
if (statement !== undefined) await sandbox.query(statement, limits);
