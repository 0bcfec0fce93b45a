const actions = ['p-001', 'p-002']
  .map((productId) => `{ kind: price_change, productId: ${productId}, newPrice: 6, reason: Time. }`)
  .join(', ');

/** A script whose plan has two actions. */
export const twoActions = `prompt: Make two cheap.
script:
  coordinator:
    - { call: call_agent, args: { agent: planner, prompt: Plan. } }
    - { call: call_agent, args: { agent: executor, prompt: Execute. } }
    - say: Done at last.
  planner:
    - { call: storePlan, args: { specName: CatalogActionPlan, planId: cheap, body: { rationale: Time., actions: [${actions}] } } }
    - say: Stored.
  executor:
    - { call: executePlan, args: { planId: cheap } }
    - say: Tried.
`;
