import { isObject, type Json } from '../core/json.ts';
import { argsForms } from './args-forms.ts';
import { itemsAt, memberAt, objectAt, type Report, textAt, textsAt } from './draft.ts';
import type { Finding, Part } from './finding.ts';
import { linkAssertion } from './link-assertions.ts';
import { type CaseLink, type CaseNames, linkArgs, linkExpected } from './link-expected.ts';
import { linkAgentList, linkCall, linkKind, linkStart, linkSteps, linkTool } from './link-scripts.ts';
import { type LostPath, lostPath } from './lint-paths.ts';
import type { PatternAt } from './lint-patterns.ts';
import { lintSilence } from './lint-silence.ts';
import { label, type Path, quote } from './words.ts';

/** Reports what an eval case names that does not exist, and what in it asserts nothing. Returns its patterns. */
export function linkCase(part: Part, names: CaseNames, report: Report): readonly PatternAt[] {
  const link: CaseLink = { part, names, report, patterns: [] };
  linkStart(link);
  linkSteps(link);
  linkAgentList(link, part.value, 'expectedAgents', []);
  linkTrajectory(link);
  linkTruth(link);
  for (const [index, refusal] of itemsAt(part.value, 'expectRefusal')) {
    linkRefusal(link, refusal, ['expectRefusal', index]);
  }
  for (const [index, assertion] of itemsAt(part.value, 'assert')) linkAssertion(link, assertion, ['assert', index]);
  lintSilence(part, report);
  return link.patterns;
}

function linkTrajectory(link: CaseLink): void {
  const { part, names } = link;
  const withArgs: string[] = [];
  for (const [index, call] of itemsAt(part.value, 'expectedTrajectory')) {
    const path = ['expectedTrajectory', index];
    if (typeof call === 'string') {
      linkTool(link, call, undefined, path);
      continue;
    }
    linkCall(link, call, path);
    const tool = textAt(call, 'tool');
    if (tool === undefined || memberAt(call, 'args') === undefined) continue;
    withArgs.push(tool);
    if (textAt(call, 'argsMatch') !== 'ignore') linkArgs(link, tool, call, path);
  }
  for (const [index, tool] of textsAt(part.value, 'forbiddenTools')) {
    if (!names.inventory.tools.has(tool)) linkTool(link, tool, undefined, ['forbiddenTools', index]);
  }
  linkIgnored(link, withArgs);
  linkPerTool(link);
}

/** A path that is left out of all calls must lead somewhere in one of them. */
function linkIgnored({ part, names, report }: CaseLink, tools: readonly string[]): void {
  for (const [index, dotted] of textsAt(part.value, 'ignoreArgs')) {
    const path = ['ignoreArgs', index];
    if (tools.length === 0) {
      const message = `${label(['ignoreArgs'], part.subject)} leaves nothing out: no call is expected with args`;
      report(part, { code: 'no-effect', message, hint: 'expectedTrajectory: [{ tool: …, args: … }]', path });
      return;
    }
    const lost = tools.map((tool) => lostPath(dotted, argsForms(tool, {}, names)));
    if (!lost.every((each) => each !== undefined)) continue;
    const open = lost.some((each) => each.open);
    const meant = lost.find((each) => each.meant !== undefined)?.meant;
    report(part, lostFinding(dotted, path, { open, meant }, part.subject));
  }
}

function linkPerTool(link: CaseLink): void {
  const { part, names, report } = link;
  for (const [tool, rule] of Object.entries(objectAt(part.value, 'perTool'))) {
    const path = ['perTool', tool];
    linkTool(link, tool, undefined, path, 'key');
    if (!Array.isArray(rule)) continue;
    for (const [index, dotted] of rule.entries()) {
      const lost = typeof dotted === 'string' ? lostPath(dotted, argsForms(tool, {}, names)) : undefined;
      if (lost) report(part, lostFinding(String(dotted), [...path, index], lost, part.subject));
    }
  }
}

function lostFinding(dotted: string, path: Path, { open, meant }: LostPath, subject: string): Finding {
  return {
    code: 'unknown-argument',
    severity: open ? 'warning' : 'error',
    message: `unknown argument ${quote(dotted)} in ${label(path.slice(0, -1), subject)}`,
    hint: meant === undefined ? undefined : `did you mean ${quote(meant)}?`,
    path,
  };
}

function linkTruth(link: CaseLink): void {
  const truth = objectAt(link.part.value, 'structuredGroundTruth');
  for (const list of ['plannedActions', 'executedActions']) {
    for (const [index, action] of itemsAt(truth, list)) {
      const path = ['structuredGroundTruth', list, index];
      const kind = textAt(action, 'type');
      linkKind(link, kind, [...path, 'type']);
      const payload = memberAt(action, 'payload');
      if (kind !== undefined && isObject(payload)) linkPayload(link, kind, payload, [...path, 'payload']);
    }
  }
}

function linkPayload(link: CaseLink, kind: string, payload: Json, path: Path): void {
  if (memberAt(payload, 'kind') !== undefined) {
    const message = `"kind" in ${label(path, link.part.subject)} is what "type" says`;
    const finding = { code: 'misplaced-key', message, hint: 'leave it out' };
    link.report(link.part, { ...finding, path: [...path, 'kind'], at: 'key' });
  } else {
    linkExpected(link, payload, path, link.names.inventory.actions.get(kind));
  }
}

/** A call that is refused for its arguments may have any; one whose code is not told may be such a call. */
function linkRefusal(link: CaseLink, refusal: Json, path: Path): void {
  linkCall(link, refusal, path);
  const kind = textAt(refusal, 'action');
  linkKind(link, kind, [...path, 'action']);
  const args = memberAt(refusal, 'args');
  if (!isObject(args)) return;
  const tool = textAt(refusal, 'tool');
  const code = textAt(refusal, 'code');
  const { names } = link;
  const ofTool = tool === undefined ? undefined : argsForms(tool, args, names);
  const ofAction = kind === undefined ? undefined : names.inventory.actions.get(kind);
  const forms = tool === undefined ? ofAction : kind === undefined ? ofTool : undefined;
  const known = code === 'invalid-arguments' ? undefined : forms;
  linkExpected(link, args, [...path, 'args'], known, code === undefined && tool !== undefined);
}
