import type { JsonObject } from '../../core/json.ts';
import type { Interpreter } from '../../core/ports.ts';
import { sampleOf } from '../../core/sample.ts';
import { scriptOfRun } from '../../core/step-script.ts';
import { type Mutant, mutantsOf } from '../../evals/mutants.ts';
import type { CaseResult, MutationReport, Survivor } from '../../evals/report.ts';
import type { Script } from '../../generated/config.ts';
import { interpreters } from '../../interpreters/registry.ts';
import { openRuntime } from '../../runtime/build.ts';
import { note } from '../console.ts';
import type { SuiteCase } from './choose.ts';
import { type Player, playTrial } from './play.ts';

/** Mutants of one case; more cost time and tell little. */
const mostMutants = 200;

/**
 * Plays each case that passed again with one thing changed, and tells which changes its assertions do not notice.
 * No model is asked: a live case is played from what its models did.
 * @param wanted the score below which the suite fails; null when it does not
 */
export async function mutate(
  cases: readonly SuiteCase[],
  results: readonly CaseResult[],
  { wanted, signal }: { readonly wanted: number | null; readonly signal: AbortSignal },
): Promise<MutationReport> {
  const passed = cases.flatMap((chosen) => {
    const result = results.find(({ app, id }) => app === chosen.app.name && id === chosen.loaded.id);
    return result?.outcome === 'passed' ? [{ chosen, result }] : [];
  });
  if (passed.length === 0) note('--mutate: no case passed, so there was nothing to mutate');
  let mutants = 0;
  const survivors: Survivor[] = [];
  for (const { chosen, result } of passed) {
    for (const { script, what, advice } of await mutantsFor(chosen, result)) {
      signal.throwIfAborted();
      mutants += 1;
      const survivor = { app: chosen.app.name, id: chosen.loaded.id, mutant: what, advice };
      if (await survives(chosen, script, signal)) survivors.push(survivor);
    }
  }
  const killed = mutants - survivors.length;
  return { mutants, killed, score: mutants === 0 ? 1 : killed / mutants, wanted, survivors };
}

async function mutantsFor(chosen: SuiteCase, { trials }: CaseResult): Promise<readonly Mutant[]> {
  const { definition } = chosen.loaded;
  const events = trials.find(({ outcome }) => outcome === 'passed')?.events ?? [];
  return mutantsOf({
    script: definition.script ?? scriptOfRun(events),
    entry: definition.agent ?? chosen.app.entry,
    forbiddenTools: definition.forbiddenTools ?? [],
    toolsOf: await sampleArguments(chosen),
    most: mostMutants,
  });
}

/** The tools of each agent, with arguments that their schemas accept. */
async function sampleArguments({ app, prepared }: SuiteCase): Promise<Map<string, Map<string, JsonObject>>> {
  const interpreter: Interpreter = { next: () => Promise.reject(new Error('nothing runs here')) };
  const runtime = await openRuntime(app, { throwAway: true, prepared, interpreter });
  try {
    return new Map(
      Object.keys(app.agents).map((agent) => [
        agent,
        new Map(runtime.tools(agent).map(({ name, inputSchema }) => [name, sampleOf(inputSchema) as JsonObject])),
      ]),
    );
  } finally {
    await runtime.close();
  }
}

async function survives(chosen: SuiteCase, script: Script, signal: AbortSignal): Promise<boolean> {
  const player: Player = { interpreter: patient(script), scripted: true, leftover: () => [] };
  const { outcome } = await playTrial(chosen, 1, player, signal);
  return outcome === 'passed';
}

/**
 * Plays a script that no longer fits its run: an agent without steps repeats what it said last, and steps that are
 * left over are no matter. The change must be noticed by what the case asserts, not by the script's end.
 */
function patient(script: Script): Interpreter {
  const inner = interpreters.scripted(script);
  return {
    kind: 'scripted',
    async next(view, signal, listeners) {
      const steps = script[view.agent] ?? [];
      if (view.stepsOfAgent < steps.length) return inner.next(view, signal, listeners);
      return { text: steps.findLast(({ say }) => say !== undefined)?.say ?? '', calls: [], stop: 'end' };
    },
  };
}
