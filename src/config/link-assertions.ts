import { dirname, relative } from 'node:path';
import { isObject, type Json } from '../core/json.ts';
import type { RubricAssertion } from '../generated/config.ts';
import { calibrationFlaw } from './calibration-flaw.ts';
import { memberAt, objectAt, textAt } from './draft.ts';
import { unknown } from './link-agents.ts';
import { type CaseLink, linkArgs } from './link-expected.ts';
import { linkAgent, linkCall } from './link-scripts.ts';
import { lintSchema, patternsIn } from './lint-schema.ts';
import { resolveFile } from './paths.ts';
import { label, type Path } from './words.ts';

/** Reports what an assertion names that does not exist, and bounds that contradict each other. */
export function linkAssertion(link: CaseLink, assertion: Json, path: Path): void {
  const kind = textAt(assertion, 'kind') ?? '';
  if (Object.hasOwn(linkers, kind)) linkers[kind]?.(link, assertion, path);
}

type LinkAssertion = (link: CaseLink, assertion: Json, path: Path) => void;

/** By kind; those that are absent name nothing. */
const linkers: Readonly<Record<string, LinkAssertion>> = {
  matches: ({ part, patterns }, assertion, path) => {
    const pattern = textAt(assertion, 'value');
    const at = [...path, 'value'];
    if (pattern !== undefined) patterns.push({ part, path: at, pattern, subject: label(at, part.subject) });
  },
  finalAgent: (link, assertion, path) => {
    const agent = textAt(assertion, 'value');
    if (agent !== undefined) linkAgent(link, agent, [...path, 'value']);
  },
  jsonSchema: linkSchema,
  calls: linkCounts,
  javascript: (link, assertion, path) => void linkFile(link, assertion, path, 'file'),
  rubric: (link, assertion, path) => {
    linkCalibration(link, assertion, path);
    const { part, names, report } = link;
    const model = textAt(assertion, 'model');
    const models = Object.keys(objectAt(names.draft.app.value, 'models'));
    if (model === undefined || models.includes(model)) return;
    unknown(report, part, 'model', model, models, [...path, 'model'], `in ${label(path, part.subject)}`);
  },
};

function linkSchema({ part, report, patterns }: CaseLink, assertion: Json, path: Path): void {
  const schema = memberAt(assertion, 'schema');
  if (!isObject(schema)) return;
  const at = [...path, 'schema'];
  const subject = label(at, part.subject);
  for (const finding of lintSchema(schema, subject)) report(part, { ...finding, path: [...at, ...finding.path] });
  for (const use of patternsIn(schema)) {
    const where = [...at, ...use.path, 'pattern'];
    patterns.push({ part, path: where, pattern: use.pattern, subject: label(where, part.subject) });
  }
}

function linkCounts(link: CaseLink, assertion: Json, path: Path): void {
  const { part, report } = link;
  linkCall(link, assertion, path);
  const tool = textAt(assertion, 'tool');
  if (tool !== undefined) linkArgs(link, tool, assertion, path);
  const bound = (key: string) => {
    const value = memberAt(assertion, key);
    return typeof value === 'number' ? value : undefined;
  };
  const [count, min, max] = ['count', 'min', 'max'].map(bound);
  const beside = min === undefined ? 'max' : 'min';
  if (count !== undefined && bound(beside) !== undefined) {
    const message = `${label(path, part.subject)} takes "count" or bounds, not both`;
    report(part, { code: 'conflicting-keys', message, path: [...path, beside], at: 'key' });
  } else if (min !== undefined && max !== undefined && min > max) {
    const message = `"min" of ${label(path, part.subject)} is more than "max"`;
    report(part, { code: 'out-of-range', message, path: [...path, 'min'] });
  } else if (min === 0 && max === undefined) {
    const message = `${label(path, part.subject)} asserts nothing: every tool is called at least 0 times`;
    report(part, {
      code: 'no-assertion',
      message,
      hint: 'count: 0 says that it is not called',
      path: [...path, 'min'],
    });
  }
}

/** A rubric's calibration must be one of the very same judge, measured, as it was then, and good enough. */
function linkCalibration(link: CaseLink, assertion: Json, path: Path): void {
  const file = linkFile(link, assertion, path, 'calibration');
  const calibration = file === undefined ? undefined : link.names.calibration(file);
  if (file === undefined || calibration === undefined) return;
  const { part, names, report } = link;
  const flaw = calibrationFlaw(calibration, assertion as unknown as RubricAssertion, names.draft);
  if (flaw === undefined) return;
  const command = `harness eval calibrate ${relative(names.root, file).replaceAll('\\', '/')}`;
  const hint = flaw.hint ?? `measure it: ${command}`;
  const message = `the calibration of ${label(path, part.subject)} ${flaw.what}`;
  report(part, { code: 'uncalibrated-judge', message, hint, path: [...path, 'calibration'] });
}

/** @returns the real path of the file, if it is there */
function linkFile({ part, names, report }: CaseLink, assertion: Json, path: Path, key: string): string | undefined {
  const written = textAt(assertion, key);
  if (written === undefined) return undefined;
  const resolved = resolveFile(written, dirname(part.source.file), names.root);
  if ('path' in resolved) return resolved.path;
  report(part, { ...resolved, path: [...path, key] });
  return undefined;
}
