import type { Judgement } from './assertion.ts';
import { beyond } from './limit.ts';

export const maxTokens: Judgement<'maxTokens'> = ({ value }, { trial }) => beyond('tokens', trial.usage.tokens, value);
