import type { Catalog } from '../core/catalog.ts';
import type { CompileSchema, TargetDatabase } from '../core/ports.ts';

/** What a toolkit may use of its workspace. */
export interface ToolkitEnv {
  readonly compile: CompileSchema;
  /** The target database, opened when it is first needed. */
  readonly database: () => Promise<TargetDatabase>;
  /** What is known about the target database, opened when it is first needed. */
  readonly catalog: () => Promise<Catalog>;
}
