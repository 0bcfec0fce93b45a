import type { Json } from '../core/json.ts';
import {
  agent,
  app,
  calibration,
  cassette,
  catalog,
  dispatcher,
  evalCase,
  evalTemplate,
  plan,
  provider,
  settings,
  smoke,
  toolkit,
  workspace,
} from '../generated/validators.js';
import type { SchemaFinding } from './schema-errors.ts';
import { explain } from './schema-unions.ts';
import type { Path } from './words.ts';

const validators = {
  app,
  catalog,
  agent,
  plan,
  toolkit,
  dispatcher,
  workspace,
  provider,
  smoke,
  evalCase,
  evalTemplate,
  cassette,
  calibration,
  settings,
};

/** The schemas of the files that people write. */
export type SchemaName = keyof typeof validators;

/**
 * All that is wrong with a value by one of our own schemas; nothing when it fits. Defaults are filled in where they
 * stand, into `value` itself.
 * @param subject what messages call the value, such as `agent "planner"`
 */
export function checkFile(schema: SchemaName, value: Json, subject: string): readonly SchemaFinding[] {
  const validate = validators[schema];
  return validate(value) ? [] : explain(validate.errors ?? [], subject);
}

/** Unknown keys with the key that was probably meant: where the object is, what stands there, what should. */
export function slips(
  findings: readonly SchemaFinding[],
): readonly { readonly path: Path; readonly from: string; readonly to: string }[] {
  return findings.flatMap(({ path, meant }) =>
    meant === undefined ? [] : [{ path: path.slice(0, -1), from: String(path.at(-1)), to: meant }],
  );
}
