/** What an agent is there for; it decides which tools it gets besides those of its toolkits. */
export type Role = 'coordinator' | 'planner' | 'executor' | 'specialist';

/** Tools that come with a role. */
export const roleTools = {
  coordinator: ['call_agent'],
  planner: ['storePlan', 'getPlan'],
  executor: ['getPlan', 'executePlan'],
  specialist: [],
} as const satisfies Record<Role, readonly string[]>;

/** Tools that read stored results. They come with every agent that a handle can reach. */
export const resultTools = ['result_read', 'result_search', 'result_query'] as const;

/** Roles whose agents keep their conversation within a session, unless their file says otherwise. */
export function statefulByDefault(role: Role): boolean {
  return role === 'coordinator' || role === 'planner';
}
