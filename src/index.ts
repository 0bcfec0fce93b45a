export type { App } from './config/app.ts';
export { formatProblem } from './config/frame.ts';
export { loadApp } from './config/load.ts';
export { type ErrorCode, HarnessError, type Place, type Problem, ToolFailure } from './core/errors.ts';
export type { Decision, Event, EventOf, EventType, Facts } from './core/event.ts';
export { fold, type RunState, statusOf } from './core/fold.ts';
export type { Json, JsonObject, JsonSchema } from './core/json.ts';
export type { Action, ActionResult, PlanRecord, PlanResult, PlanStatus } from './core/plan.ts';
export type {
  ActionContext,
  Applied,
  ApprovalRequest,
  Approver,
  Dispatcher,
  Interpreter,
  RunSink,
  StepListeners,
  Store,
  View,
} from './core/ports.ts';
export { type FaultKind, ProviderFault } from './core/provider-fault.ts';
export { type Redactor, redactor, type Secret } from './core/redact.ts';
export type { Step, ToolCall, Turn } from './core/step.ts';
export { type ActionRecord, actionsDispatched, agentsOf, type CallRecord, callsOf } from './core/trajectory.ts';
export {
  matchTrajectory,
  type ToolRule,
  type TrajectoryCall,
  type TrajectoryDifference,
  type TrajectoryMode,
  type TrajectoryResult,
  type TrajectoryRules,
} from './core/trajectory-match.ts';
export { type Spending, type Spent, spendingOf } from './core/usage.ts';
export { version } from './core/version.ts';
export type { CreateDispatcher, DispatcherAbout } from './dispatchers/module.ts';
export { costOf } from './interpreters/models.ts';
export { openRuntime, type Prompt, type Resume, type Runtime } from './runtime/build.ts';
export { liveInterpreter } from './runtime/live.ts';
export type { RuntimeOptions } from './runtime/options.ts';
export { planGuard } from './runtime/plan-guard.ts';
