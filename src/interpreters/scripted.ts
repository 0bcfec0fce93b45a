import { HarnessError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { Interpreter, View } from '../core/ports.ts';
import type { Step, Stop, ToolCall } from '../core/step.ts';
import type { Script, ScriptStep } from '../generated/config.ts';

/**
 * Plays a script instead of a model. It keeps no place of its own: the number of steps that an agent has finished
 * in the run tells which is next, so a resumed run goes on where it stood.
 */
export function scripted(script: Script): Interpreter {
  return {
    // What an agent says is up to the script; when a conversation gets long is not.
    summarizes: false,
    async next(view, signal, listeners) {
      signal.throwIfAborted();
      const steps = script[view.agent];
      if (steps === undefined) {
        throw new HarnessError('script-exhausted', `the script has no steps for agent "${view.agent}"`, {
          hint: `add script.${view.agent}`,
        });
      }
      const number = view.stepsOfAgent + 1;
      const step = steps[view.stepsOfAgent];
      if (step === undefined) {
        throw new HarnessError(
          'script-exhausted',
          `the script ran out: agent "${view.agent}" needs step ${number}, the script has ${steps.length}`,
          { hint: `add step ${number} to script.${view.agent}` },
        );
      }
      if (step.say !== undefined) listeners?.delta?.(step.say);
      return step.fail === undefined ? played(step, view) : failed(step.fail, view, number);
    },
  };
}

/** One sentence for each agent whose steps were not all used; none when the script fits the run. */
export function leftover(script: Script, stepsOfAgent: ReadonlyMap<string, number>): string[] {
  return Object.entries(script).flatMap(([agent, steps]) => {
    const used = stepsOfAgent.get(agent) ?? 0;
    if (used >= steps.length) return [];
    const left = steps.length - used;
    return [
      `the script has ${left} ${left === 1 ? 'step' : 'steps'} left for agent "${agent}", from step ${used + 1}: ${describe(steps[used])}`,
    ];
  });
}

function describe(step: ScriptStep | undefined): string {
  if (step?.call !== undefined) return `call ${step.call}`;
  if (step?.calls !== undefined) return `calls ${step.calls.map((call) => call.call).join(', ')}`;
  if (step?.fail !== undefined) return `fail ${step.fail}`;
  return `say ${JSON.stringify(step?.say ?? '')}`;
}

function played(step: ScriptStep, view: View): Step {
  const wanted =
    step.calls ?? (step.call === undefined ? [] : [{ call: step.call, ...(step.args && { args: step.args }) }]);
  const calls = wanted.map(
    (call, place): ToolCall => ({
      id: `call-${view.span}-${view.stepsOfAgent + 1}-${place + 1}`,
      tool: call.call,
      // The script was read as JSON-like YAML and checked by its schema.
      args: (call.args ?? {}) as JsonObject,
    }),
  );
  return { text: step.say ?? '', calls, stop: calls.length > 0 ? 'calls' : 'end' };
}

function failed(fault: NonNullable<ScriptStep['fail']>, view: View, number: number): Step {
  const stop = stops[fault];
  if (stop !== undefined) return { text: '', calls: [], stop };
  throw new HarnessError(
    'provider-fault',
    `the provider failed: ${fault} (scripted, agent "${view.agent}", step ${number})`,
  );
}

/** What a model does itself; everything else is its provider's failure. */
const stops: { readonly [K in NonNullable<ScriptStep['fail']>]?: Stop } = {
  refusal: 'refusal',
  max_tokens: 'max_tokens',
  context_full: 'context_full',
  stopped: 'other',
};
