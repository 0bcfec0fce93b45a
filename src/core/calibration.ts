import type { CalibrationFile, MeasuredJudge } from '../generated/config.ts';
import { digestOf } from './digest.ts';
import type { Json } from './json.ts';
import { judgePrompt } from './judge-prompt.ts';

/** What a measurement found, before it is sealed. */
export type Measurement = Omit<MeasuredJudge, 'digest'>;

/** Closes a measurement with the digest of its figures and of all that they rest on. */
export function sealedMeasurement(calibration: CalibrationFile, measured: Measurement): MeasuredJudge {
  return { ...measured, digest: measurementDigest(calibration, measured) };
}

/** Whether a calibration is as it was measured: its examples, its rubric, its figures, and what a judge is asked. */
export function isMeasuredAsIs(calibration: CalibrationFile): boolean {
  const { measured } = calibration;
  return measured !== undefined && measured.digest === measurementDigest(calibration, measured);
}

function measurementDigest({ rubric, votes, threshold, examples }: CalibrationFile, measured: Measurement): string {
  const { judge, date, examples: count, agreement, baseRate, kappa } = measured;
  const asked = examples.map(({ input, answer, pass }) => ({ ...judgePrompt({ rubric, input, answer }), pass }));
  const figures = { judge, date, count, agreement, baseRate, kappa };
  return digestOf({ votes, threshold, asked, figures } as unknown as Json);
}
