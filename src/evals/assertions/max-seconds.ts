import type { Judgement } from './assertion.ts';
import { beyond } from './limit.ts';

export const maxSeconds: Judgement<'maxSeconds'> = ({ value }, { trial }) =>
  beyond('seconds', trial.usage.seconds, value);
