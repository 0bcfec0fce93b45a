import type { Toolkit } from '../core/tool.ts';
import type { ToolkitConfig } from '../generated/config.ts';
import { catalog } from './catalog.ts';
import type { ToolkitEnv } from './env.ts';
import { stub } from './stub.ts';

type Kind = ToolkitConfig['kind'];
type ConfigOf<K extends Kind> = Extract<ToolkitConfig, { kind: K }>;

/** A new kind is one file, one line here and one schema. */
const toolkits: { readonly [K in Kind]: (config: ConfigOf<K>, env: ToolkitEnv) => Toolkit } = { catalog, stub };

export function createToolkit(config: ToolkitConfig, env: ToolkitEnv): Toolkit {
  const create = toolkits[config.kind] as (config: ToolkitConfig, env: ToolkitEnv) => Toolkit;
  return create(config, env);
}
