import { ToolFailure } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { Recorder } from './recorder.ts';

/**
 * What is approved is what is stored, and what is executed: with a name in the place of a secret it would be another
 * plan, and with the secret it would be written down.
 * @throws ToolFailure `secret-in-plan`, which tells where
 */
export function refuseSecrets(
  recorder: Recorder,
  { planId, body, specName }: { readonly planId: string; readonly body: JsonObject; readonly specName: string },
): void {
  const problems = recorder.secretsIn({ planId, specName, body });
  if (problems.length === 0) return;
  throw new ToolFailure(
    'secret-in-plan',
    'a plan is stored, shown and approved as it is, so it cannot hold a secret; leave it out: a dispatcher has its own',
    problems,
  );
}

/**
 * The same for arguments that a person wrote: they see the name of a secret, and would send it back as if it were one.
 * @throws ToolFailure `secret-in-edit`
 */
export function refuseEditedSecrets(recorder: Recorder, args: JsonObject): void {
  const problems = recorder.secretsIn(args);
  if (problems.length === 0) return;
  throw new ToolFailure(
    'secret-in-edit',
    'a person changed the arguments to hold a secret, so it did not run',
    problems,
  );
}
