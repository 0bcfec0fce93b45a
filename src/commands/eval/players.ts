import { existsSync } from 'node:fs';
import type { App } from '../../config/app.ts';
import { readCassette, writeCassette } from '../../config/cassette-file.ts';
import { HarnessError } from '../../core/errors.ts';
import type { Interpreter } from '../../core/ports.ts';
import { type Redactor, redactor } from '../../core/redact.ts';
import { metered } from '../../evals/limits.ts';
import { recordedJudge, recordingJudge } from '../../evals/recorded-judge.ts';
import type { TrialResult } from '../../evals/report.ts';
import { unplayed } from '../../interpreters/cassette.ts';
import { recording } from '../../interpreters/recording.ts';
import { interpreters } from '../../interpreters/registry.ts';
import { leftover } from '../../interpreters/scripted.ts';
import { secretsOf } from '../../runtime/keys.ts';
import { liveInterpreter } from '../../runtime/live.ts';
import { invalidFiles } from '../load.ts';
import type { SuiteCase } from './choose.ts';
import { liveJudge } from './live-judge.ts';
import type { Player } from './play.ts';
import { priceOf } from './price.ts';

export type Mode = 'offline' | 'live' | 'record';

/** Makes the player of one trial; `keep` is told how the trial ended. */
export type Players = (chosen: SuiteCase) => Player & { keep?(result: TrialResult): void };

/**
 * Who takes the steps of these cases.
 * @throws HarnessError before anything runs: for cases that cannot be played in this mode, and for missing keys
 */
export function playersFor(cases: readonly SuiteCase[], mode: Mode): Players {
  if (mode === 'offline') return offlinePlayers(cases);
  if (mode === 'record') refuseScripted(cases);
  const live = new Map<App, Live>();
  for (const { app } of cases) if (!live.has(app)) live.set(app, openLive(app));
  return (chosen) => {
    const found = live.get(chosen.app) ?? openLive(chosen.app);
    return mode === 'live' ? livePlayer(found) : recordingPlayer(chosen, found);
  };
}

function offlinePlayers(cases: readonly SuiteCase[]): Players {
  const silent = cases.filter(({ loaded }) => loaded.definition.script === undefined && !existsSync(loaded.cassette));
  if (silent.length > 0) {
    const names = silent.slice(0, 5).map(({ key }) => key);
    const more = silent.length > 5 ? ` and ${silent.length - 5} more` : '';
    throw new HarnessError(
      'invalid-usage',
      `${silent.length === 1 ? 'a case has' : `${silent.length} cases have`} neither script nor cassette: ${names.join(', ')}${more}`,
      { hint: 'run them with --live, or record them with --record' },
    );
  }
  const readers = new Map<string, () => Player>();
  return (chosen) => {
    const known = readers.get(chosen.key) ?? offlinePlayer(chosen);
    readers.set(chosen.key, known);
    return known();
  };
}

function offlinePlayer({ app, loaded }: SuiteCase): () => Player {
  const { script } = loaded.definition;
  if (script !== undefined) {
    return () => ({
      interpreter: named('scripted', interpreters.scripted(script)),
      scripted: true,
      leftover: (steps) => leftover(script, steps),
    });
  }
  const { cassette, problems } = readCassette(loaded.cassette, loaded.id);
  if (!cassette) throw invalidFiles(problems);
  const redact = redactor(secretsOf(app, process.env));
  return () => ({
    interpreter: named('cassette', interpreters.cassette({ cassette, redactor: redact })),
    scripted: true,
    judge: recordedJudge(cassette, redact),
    leftover: (steps) => unplayed(cassette, steps),
  });
}

function named(kind: string, interpreter: Interpreter): Interpreter {
  return { ...interpreter, kind };
}

/** A cassette is only played where there is no script: recording one would be in vain. */
function refuseScripted(cases: readonly SuiteCase[]): void {
  const scripted = cases.filter(({ loaded }) => loaded.definition.script !== undefined);
  if (scripted.length === 0) return;
  const names = scripted.map(({ key }) => key).slice(0, 5);
  throw new HarnessError('invalid-usage', `a cassette is of no use to a case with a script: ${names.join(', ')}`, {
    hint: 'remove `script` from the case, or choose other cases',
  });
}

interface Live {
  readonly app: App;
  readonly interpreter: Interpreter;
  readonly redact: Redactor;
}

function openLive(app: App): Live {
  return { app, interpreter: liveInterpreter(app, process.env), redact: redactor(secretsOf(app, process.env)) };
}

/** What a judge uses is no use of the run that it judges, but somebody pays for it. */
function meteredJudge({ app, interpreter }: Live): Required<Pick<Player, 'judge' | 'judgeMeter'>> {
  const { interpreter: asked, meter } = metered(interpreter, {}, priceOf);
  return { judge: liveJudge(app, asked), judgeMeter: meter };
}

function livePlayer(live: Live): Player {
  return { interpreter: live.interpreter, scripted: false, priceOf, ...meteredJudge(live), leftover: () => [] };
}

function recordingPlayer({ app, loaded }: SuiteCase, live: Live): ReturnType<Players> {
  const tape = recording(live.interpreter, live.redact);
  const { judge, judgeMeter } = meteredJudge(live);
  const votes = recordingJudge(judge, live.redact);
  return {
    interpreter: tape.interpreter,
    scripted: false,
    priceOf,
    judge: votes.judge,
    judgeMeter,
    leftover: () => [],
    keep({ outcome }) {
      // What a fault or a limit cut off is no answer; what merely failed is worth looking at.
      if (outcome !== 'passed' && outcome !== 'failed') return;
      const cassette = tape.cassette({ case: loaded.id, recordedAt: new Date(), verdicts: votes.verdicts() });
      if (cassette) writeCassette(cassette, loaded.cassette, app.root);
    },
  };
}
