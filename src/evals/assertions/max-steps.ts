import type { Judgement } from './assertion.ts';
import { beyond } from './limit.ts';

export const maxSteps: Judgement<'maxSteps'> = ({ value }, { trial }) => beyond('steps', trial.usage.steps, value);
