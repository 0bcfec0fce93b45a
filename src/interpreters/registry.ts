import type { Interpreter } from '../core/ports.ts';
import type { Script } from '../generated/config.ts';
import { type AnthropicInput, anthropic } from './anthropic.ts';
import { type CassetteInput, cassette } from './cassette.ts';
import { scripted } from './scripted.ts';

/** What each kind of interpreter is made from. */
export interface InterpreterInputs {
  readonly scripted: Script;
  readonly cassette: CassetteInput;
  readonly anthropic: AnthropicInput;
}

export type InterpreterKind = keyof InterpreterInputs;

/** A new kind is one file and one line here. */
export const interpreters: { readonly [K in InterpreterKind]: (input: InterpreterInputs[K]) => Interpreter } = {
  scripted,
  cassette,
  anthropic,
};
