import type { QueryLimits } from '../core/ports.ts';
import type { Tool, Toolkit } from '../core/tool.ts';
import type { CatalogTool, CatalogToolkit } from '../generated/config.ts';
import { annotateTool } from './catalog/annotate.ts';
import { describeTableTool, profileTableTool } from './catalog/describe.ts';
import { executeQueryTool } from './catalog/execute-query.ts';
import { findJoinsTool } from './catalog/joins.ts';
import { sampleRowsTool } from './catalog/sample-rows.ts';
import { searchCatalogTool } from './catalog/search.ts';
import type { ToolkitEnv } from './env.ts';

/** Tools that read the workspace's data environment. */
export function catalog(config: CatalogToolkit, env: ToolkitEnv): Toolkit {
  return { tools: config.tools.map((name) => tools[name](config, env)) };
}

const tools: { readonly [K in CatalogTool]: (limits: QueryLimits, env: ToolkitEnv) => Tool } = {
  search_catalog: (_limits, env) => searchCatalogTool(env),
  describe_table: (_limits, env) => describeTableTool(env),
  find_joins: (_limits, env) => findJoinsTool(env),
  sample_rows: sampleRowsTool,
  profile_table: (_limits, env) => profileTableTool(env),
  annotate: (_limits, env) => annotateTool(env),
  execute_query: executeQueryTool,
};
