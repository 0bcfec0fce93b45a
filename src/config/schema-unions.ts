import { isObject, type Json } from '../core/json.ts';
import type { RawError } from '../generated/validators.js';
import { explainError, oneOfKeys, type SchemaFinding, wrongType } from './schema-errors.ts';
import { isOfType, label, type Path, show, typeOf } from './words.ts';

/** Most problems that are reported of one value. */
const maxFindings = 50;

/**
 * What a list of Ajv's errors says, one finding for one wrong thing. The schema must have gone through
 * `prepareSchema`.
 */
export function explain(errors: readonly RawError[], subject: string | undefined): readonly SchemaFinding[] {
  const nodes = group(errors);
  const findings: SchemaFinding[] = [];
  for (const node of nodes) {
    if (findings.length >= maxFindings) break;
    findings.push(...explainNode(node, subject));
  }
  const kept = withoutEchoes(findings);
  if (findings.length < maxFindings) return kept;
  const message = `there are more problems in ${label([], subject)}; these are the first ${maxFindings}`;
  return [...kept.slice(0, maxFindings), { code: 'more-problems', message, path: [] }];
}

/** An error, or a union with the errors of its branches. */
interface ErrorNode {
  readonly error: RawError;
  readonly branches?: readonly (readonly ErrorNode[])[];
}

/** Ajv lists the errors of a union's branches before that of the union; the markers tell where each one begins. */
function group(errors: readonly RawError[]): readonly ErrorNode[] {
  const out: (ErrorNode | 'marker')[] = [];
  const markers: number[] = [];
  for (const error of errors) {
    if (error.keyword === 'false schema') {
      markers.push(out.length);
      out.push('marker');
    } else if (error.keyword === 'anyOf' || error.keyword === 'oneOf') {
      const width = Array.isArray(error.schema) ? error.schema.length / 2 : 0;
      const starts = markers.splice(markers.length - width);
      const inside = out.splice(starts[0] ?? out.length);
      const offset = starts[0] ?? 0;
      const branches = starts.map((start, index) =>
        inside
          .slice(start - offset + 1, (starts[index + 1] ?? Number.POSITIVE_INFINITY) - offset)
          .filter((node) => node !== 'marker'),
      );
      out.push({ error, branches });
    } else {
      out.push({ error });
    }
  }
  return out.filter((node) => node !== 'marker');
}

function explainNode(node: ErrorNode, subject: string | undefined): readonly SchemaFinding[] {
  const path = pathOf(node.error);
  if (node.branches) return explainUnion(node.error, node.branches, path, subject);
  const finding = explainError(node.error, path, subject);
  return finding ? [finding] : [];
}

function explainUnion(
  error: RawError,
  branches: readonly (readonly ErrorNode[])[],
  path: Path,
  subject: string | undefined,
): readonly SchemaFinding[] {
  const keys = alternativeKeys(error);
  if (keys) return [oneOfKeys(keys, error.data, path, subject)];
  if (error.params.passingSchemas) {
    return [{ code: 'ambiguous-value', message: `${label(path, subject)} fits more than one of its forms`, path }];
  }
  const live = branches.filter((branch) => !branch.some((node) => refusesType(node, error)));
  if (live.length === 0) {
    const types = branches.flatMap((branch) => branch.flatMap((node) => acceptedTypes(node, error)));
    return [wrongType(types, error.data, path, subject)];
  }
  const best = nearestBranch(live, error);
  if (best) return best.flatMap((node) => explainNode(node, subject));
  const message = `${label(path, subject)} fits none of its ${branches.length} forms: ${show(error.data)}`;
  return [{ code: 'no-match', message, path }];
}

/** The keys of a union whose branches do nothing but require one key each. */
function alternativeKeys(error: RawError): readonly string[] | undefined {
  const branches = Array.isArray(error.schema) ? error.schema.filter((_, index) => index % 2 === 1) : [];
  const keys = branches.map((branch: unknown) => {
    if (!isObject(branch) || Object.keys(branch).some((word) => word !== 'required')) return undefined;
    return Array.isArray(branch.required) && branch.required.length === 1 ? String(branch.required[0]) : undefined;
  });
  return keys.length > 0 && keys.every((key) => key !== undefined) ? keys : undefined;
}

/** Whether an error means that a branch is for values of another type. */
function refusesType({ error }: ErrorNode, union: RawError): boolean {
  if (error.instancePath !== union.instancePath) return false;
  const types = typesOf(error);
  return types !== undefined && !types.some((type) => isOfType(union.data as Json, type));
}

function acceptedTypes({ error }: ErrorNode, union: RawError): readonly string[] {
  return error.instancePath === union.instancePath ? (typesOf(error) ?? []) : [];
}

function typesOf({ keyword, params }: RawError): readonly string[] | undefined {
  if (keyword === 'type') return [params.type].flat().map(String);
  if (keyword === 'const') return [typeOf(params.allowedValue as Json)];
  if (keyword === 'enum' && Array.isArray(params.allowedValues)) return params.allowedValues.map(typeOf);
  return undefined;
}

/** The branch that was probably meant: of those whose constants fit, the only one with the fewest errors. */
function nearestBranch(live: readonly (readonly ErrorNode[])[], union: RawError): readonly ErrorNode[] | undefined {
  if (live.length === 1) return live[0];
  const isTag = ({ error }: ErrorNode) =>
    (error.keyword === 'const' || error.keyword === 'enum') && error.instancePath !== union.instancePath;
  const tagged = live.filter((branch) => !branch.some(isTag));
  const candidates = tagged.length > 0 ? tagged : live;
  const fewest = Math.min(...candidates.map((branch) => branch.length));
  const best = candidates.filter((branch) => branch.length === fewest);
  return best.length === 1 ? best[0] : undefined;
}

function pathOf(error: RawError): Path {
  const parts = error.instancePath.split('/').slice(1);
  return parts.map((part) => part.replace(/~1/g, '/').replace(/~0/g, '~'));
}

/** A key that is misspelled is unknown under one name and missing under the other; the first says it all. */
function withoutEchoes(findings: readonly SchemaFinding[]): readonly SchemaFinding[] {
  const place = (path: Path, key: string) => JSON.stringify([...path.map(String), key]);
  const said = new Set<string>();
  for (const { path, meant, covers } of findings) {
    for (const key of [meant, covers]) if (key !== undefined) said.add(place(path.slice(0, -1), key));
  }
  return findings.filter(({ path, wants }) => !wants?.some((key) => said.has(place(path, key))));
}
