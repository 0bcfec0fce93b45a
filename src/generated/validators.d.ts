/** What scripts/build-validators.mjs makes of schemas/: one check for each schema. */

/** An error as Ajv reports it with `verbose`. */
export interface RawError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
  /** Set on errors of a property's name. */
  readonly propertyName?: string;
  /** The value of the keyword. */
  readonly schema?: unknown;
  readonly parentSchema?: unknown;
  readonly data?: unknown;
}

interface Validate {
  /** Fills in defaults. `errors` holds what the last call found. */
  (value: unknown): boolean;
  errors?: readonly RawError[] | null;
}

export const app: Validate;
export const catalog: Validate;
export const agent: Validate;
export const plan: Validate;
export const toolkit: Validate;
export const dispatcher: Validate;
export const workspace: Validate;
export const provider: Validate;
export const smoke: Validate;
export const evalCase: Validate;
export const evalTemplate: Validate;
export const cassette: Validate;
export const calibration: Validate;
export const settings: Validate;
