import { realpathSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import type { App } from '../../config/app.ts';
import {
  type CalibrationRead,
  calibrationText,
  readCalibration,
  writeMeasured,
} from '../../config/calibration-file.ts';
import { dollars } from '../../core/amounts.ts';
import { sealedMeasurement } from '../../core/calibration.ts';
import { type ExitCode, exits, HarnessError } from '../../core/errors.ts';
import type { Verdict } from '../../core/judge-prompt.ts';
import { suggest } from '../../core/nearest.ts';
import { redactor } from '../../core/redact.ts';
import { visibleLine } from '../../core/text.ts';
import { calibrate } from '../../evals/calibration.ts';
import { isEnough, type Judge } from '../../evals/judge.ts';
import { type Meter, metered } from '../../evals/limits.ts';
import type { CalibrationFile, MeasuredJudge } from '../../generated/config.ts';
import { secretsOf } from '../../runtime/keys.ts';
import { liveInterpreter } from '../../runtime/live.ts';
import { clip, colourOn, note, palette, print, printJson } from '../console.ts';
import { interruptible } from '../interrupt.ts';
import { invalidFiles, loadForUse } from '../load.ts';
import { selectApp } from '../select.ts';
import { appsFor } from './choose.ts';
import { judgingModel, liveJudge } from './live-judge.ts';
import { priceOf } from './price.ts';

export interface CalibrateOptions {
  readonly app?: string;
  readonly concurrency?: number;
  readonly json?: boolean;
}

/**
 * `harness eval calibrate <file>`: asks the live judge about answers that a person has judged, and writes into the
 * file how far both agree. Exit code 1 when that is less than the file's floor.
 */
export async function calibrateJudge(named: string, options: CalibrateOptions): Promise<ExitCode> {
  const path = resolve(named);
  const { ok, problems } = readCalibration(path);
  if (!ok) throw invalidFiles(problems);
  const { calibration, text, lineOf } = ok;
  const file = realpathSync(path);
  // Cases that wait for this very measurement are not right yet.
  const { app } = await loadForUse(appOf(file, options.app), { evals: false });
  const judge = judgeIdOf(app, calibration.model);
  checkWritable(file, ok);
  const asked = metered(liveInterpreter(app, process.env), {}, priceOf);
  const abort = interruptible('nothing is written');
  try {
    const votes = await askAll(calibration, liveJudge(app, asked.interpreter, abort.signal), options.concurrency ?? 4);
    abort.check();
    const judged = judgedExamples(calibration, votes);
    const { answers, agreement, baseRate, kappa } = calibrate(judged);
    const date = new Date().toISOString().slice(0, 10);
    const figures = { agreement: rounded(agreement), baseRate: rounded(baseRate), kappa: rounded(kappa) };
    const measured = sealedMeasurement(calibration, { judge, date, examples: answers, ...figures });
    writeMeasured(file, text, measured);
    const redact = redactor(secretsOf(app, process.env));
    const wrong = judged.filter(({ label, verdict }) => label !== verdict);
    const disagreements = wrong.map(({ at, verdict, reasons }) => {
      const answer = calibration.examples[at]?.answer ?? '';
      return { example: at, line: lineOf(at), judge: verdict, answer, reasons: reasons.map(redact.text) };
    });
    const result = { file: shown(file), floor: calibration.floor, ...measured, disagreements };
    if (options.json) printJson(result);
    else printResult(result, calibration.votes, asked.meter());
    return measured.kappa < calibration.floor ? exits.failed : exits.ok;
  } catch (thrown) {
    abort.check();
    throw thrown;
  } finally {
    abort.done();
  }
}

/** What was measured must have a place in the file before anybody is paid for it. */
function checkWritable(file: string, { calibration, text }: NonNullable<CalibrationRead['ok']>): void {
  const figures = { judge: '', date: '2000-01-01', examples: 1, agreement: 0, baseRate: 0, kappa: 0 };
  calibrationText(file, text, sealedMeasurement(calibration, figures));
}

/** A calibration under `evals/<app>` is that app's. */
function appOf(file: string, named: string | undefined): string {
  if (named !== undefined) return selectApp(named);
  const [only, ...others] = appsFor([file]);
  return only !== undefined && others.length === 0 ? only : selectApp(undefined);
}

function judgeIdOf(app: App, name: string | undefined): string {
  if (name !== undefined && app.models[name] === undefined) {
    const hint = suggest(name, Object.keys(app.models));
    const message = `app "${app.name}" has no model "${name}", which is to judge`;
    throw new HarnessError('unknown-name', message, hint === undefined ? {} : { hint });
  }
  const model = judgingModel(app, name);
  if (model) return model.id;
  throw new HarnessError('invalid-usage', `app "${app.name}" has no model that could judge`, {
    hint: 'model: one of the models of app.yaml',
  });
}

/** The votes on each example, some at a time. @throws what the first one that fails throws, when nothing runs any more */
async function askAll(calibration: CalibrationFile, judge: Judge, atATime: number): Promise<readonly Verdict[][]> {
  const { rubric, model, votes, examples } = calibration;
  const verdicts: Verdict[][] = examples.map(() => []);
  const jobs = examples
    .flatMap(({ input, answer }, at) => Array.from({ length: votes }, (_, index) => ({ input, answer, at, index })))
    .values();
  let broken: { readonly thrown: unknown } | undefined;
  const work = async () => {
    for (let job = jobs.next(); !job.done && !broken; job = jobs.next()) {
      const { input, answer, at, index } = job.value;
      const request = { assertion: 0, index, rubric, input, answer, ...(model !== undefined && { model }) };
      await judge.vote(request).then(
        (verdict) => verdicts[at]?.push(verdict),
        (thrown: unknown) => {
          broken ??= { thrown };
        },
      );
    }
  };
  await Promise.all(Array.from({ length: atATime }, work));
  if (broken) throw broken.thrown;
  return verdicts;
}

interface JudgedExample {
  readonly at: number;
  readonly label: boolean;
  readonly verdict: boolean;
  readonly reasons: readonly string[];
}

/** What the votes make of each example, as a rubric counts them. */
function judgedExamples(
  { examples, threshold, votes }: CalibrationFile,
  verdicts: readonly Verdict[][],
): JudgedExample[] {
  return examples.map(({ pass }, at) => {
    const cast = verdicts[at] ?? [];
    const verdict = isEnough(cast.filter((each) => each.pass).length, { votes, threshold });
    const reasons = cast.filter((each) => each.pass === verdict).map(({ reason }) => reason);
    return { at, label: pass, verdict, reasons };
  });
}

function rounded(share: number): number {
  return Math.round(share * 10_000) / 10_000;
}

interface Result extends MeasuredJudge {
  readonly file: string;
  readonly floor: number;
  readonly disagreements: readonly {
    /** Its place, from 0. */
    readonly example: number;
    readonly line: number;
    /** Whether the judge lets it pass; the person says the opposite. */
    readonly judge: boolean;
    readonly answer: string;
    readonly reasons: readonly string[];
  }[];
}

function printResult(result: Result, votes: number, { steps, tokens, costUsd }: Meter): void {
  const paint = palette(colourOn(process.stdout));
  const { file, floor, judge, examples, agreement, baseRate, kappa, disagreements } = result;
  const enough = kappa >= floor;
  print(`judge      ${judge}, ${votes} ${votes === 1 ? 'vote' : 'votes'} on each of ${examples} answers`);
  print(`agreement  ${agreement.toFixed(2)}`);
  print(`base rate  ${baseRate.toFixed(2)}  the share that a person lets pass`);
  const figure = `${kappa.toFixed(2)}, ${enough ? 'at least' : 'but at least'} ${floor.toFixed(2)} is needed`;
  print(`kappa      ${enough ? paint.green(figure) : paint.red(figure)}`);
  for (const { line, judge: verdict, answer, reasons } of disagreements) {
    print(
      `${file}:${line}  the judge ${verdict ? 'lets it pass' : 'fails it'}, a person ${verdict ? 'does not' : 'lets it pass'}`,
    );
    print(`  answer: ${clip(answer, 100)}`);
    for (const reason of new Set(reasons)) print(`  judge: ${visibleLine(reason)}`);
  }
  const cost = costUsd === null ? 'at an unknown price' : dollars(costUsd);
  note(`wrote ${file}: ${steps} votes, ${tokens.toLocaleString('en')} tokens, ${cost}`);
}

function shown(file: string): string {
  const path = relative(process.cwd(), file).replaceAll('\\', '/');
  return path.startsWith('../../') ? file : path;
}
