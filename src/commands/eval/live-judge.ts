import type { App } from '../../config/app.ts';
import { HarnessError } from '../../core/errors.ts';
import { judgePrompt, parseVerdict } from '../../core/judge-prompt.ts';
import type { Interpreter, ModelRef } from '../../core/ports.ts';
import type { Judge } from '../../evals/judge.ts';
import { modelOf } from '../../runtime/models.ts';

/**
 * Asks the entry agent's model, or the one that the rubric names, as a fresh conversation without tools. What is asked
 * ends at once with the signal of a vote, or of all of them.
 */
export function liveJudge(app: App, interpreter: Interpreter, ofAll?: AbortSignal): Judge {
  return {
    async vote({ model, rubric, input, answer }, ofVote) {
      const { system, user } = judgePrompt({ rubric, input, answer });
      const view = {
        runId: 'judge',
        span: '1',
        agent: 'judge',
        model: judgingModel(app, model),
        prompt: system,
        tools: [],
        turns: [{ role: 'user' as const, text: user }],
        stepsOfAgent: 0,
      };
      const signals = [ofAll, ofVote].filter((signal) => signal !== undefined);
      const { text } = await interpreter.next(view, AbortSignal.any([...signals, AbortSignal.timeout(judgeMs)]));
      const verdict = parseVerdict(text);
      if (verdict) return verdict;
      throw new HarnessError('provider-fault', 'the judge gave no verdict in the form that was asked for');
    },
  };
}

/** How long a judge may take. */
const judgeMs = 120_000;

/** The model that judges: one of the app's by its name, or the entry agent's. Null where there is none. */
export function judgingModel(app: App, name: string | undefined): ModelRef | null {
  const entry = app.agents[app.entry];
  if (entry === undefined) throw new HarnessError('unknown-name', `app "${app.name}" has no entry agent`);
  return modelOf(app, name === undefined ? entry : { ...entry, model: name });
}
