/** One answer that a person and a judge have both looked at. */
export interface LabelledVerdict {
  /** Whether the person lets it pass. */
  readonly label: boolean;
  /** Whether the judge does. */
  readonly verdict: boolean;
}

/** How far a judge may be trusted. */
export interface Calibration {
  readonly answers: number;
  /** Share of answers on which judge and person agree. */
  readonly agreement: number;
  /** Agreement beyond chance (Cohen's kappa): 1 perfect, 0 none. 0 where either of them always says the same. */
  readonly kappa: number;
  /** Share of answers that the person lets pass: a judge that always passes agrees as often as this. */
  readonly baseRate: number;
  /** Share of answers that the judge lets pass although the person does not, and the other way round. */
  readonly falsePasses: number;
  readonly falseFails: number;
}

/** @throws RangeError when there are no verdicts: nothing is known of such a judge. */
export function calibrate(verdicts: readonly LabelledVerdict[]): Calibration {
  const answers = verdicts.length;
  if (answers === 0) throw new RangeError('a judge cannot be calibrated without labelled answers');
  const share = (label: boolean, verdict: boolean) =>
    verdicts.filter((each) => each.label === label && each.verdict === verdict).length / answers;
  const [bothPass, falsePasses, falseFails, bothFail] = [
    share(true, true),
    share(false, true),
    share(true, false),
    share(false, false),
  ];
  const agreement = bothPass + bothFail;
  const baseRate = bothPass + falseFails;
  const passes = bothPass + falsePasses;
  const chance = baseRate * passes + (1 - baseRate) * (1 - passes);
  const varied = verdicts.some((each) => each.label !== verdicts[0]?.label);
  const kappa = varied ? (agreement - chance) / (1 - chance) : 0;
  return { answers, agreement, kappa, baseRate, falsePasses, falseFails };
}
