import type { Place } from '../../util/index.ts';
import { fieldLines } from '../manifest/field-lines.ts';
import type { Manifest } from '../manifest/types.ts';
import { CHANGES } from './rules/changes.ts';
import { IMAGES } from './rules/images.ts';
import { MANIFESTS } from './rules/manifests.ts';
import { NAMING } from './rules/naming.ts';
import { OBJECTS } from './rules/objects.ts';
import { ORDER } from './rules/order.ts';
import { REFERENCES } from './rules/references.ts';
import { STRUCTURE } from './rules/structure.ts';
import { TRUST } from './rules/trust.ts';
import { UNREAD } from './rules/unread.ts';
import { WORKLOADS } from './rules/workloads.ts';
import type { LintFacts, LintFinding, LintRule } from './types.ts';

const SUBJECTS = 'PIMTD';

/** Every rule, in the order of its id: P structure, I images, M manifests, T trust, D changes (payload format § 4.4). */
export const LINT_RULES: readonly LintRule[] = [
  ...STRUCTURE,
  ...NAMING,
  ...IMAGES,
  ...UNREAD,
  ...MANIFESTS,
  ...OBJECTS,
  ...REFERENCES,
  ...ORDER,
  ...WORKLOADS,
  ...TRUST,
  ...CHANGES,
].sort((a, b) => SUBJECTS.indexOf(a.id.charAt(0)) - SUBJECTS.indexOf(b.id.charAt(0)) || (a.id < b.id ? -1 : 1));

/** By file and line: each object, with the text of its file. */
type Objects = ReadonlyMap<string, { readonly text: string; readonly manifest: Manifest }>;

function objectsOf({ files }: LintFacts): Objects {
  return new Map(
    files.flatMap(({ file, text, manifests, hidden }) =>
      [...manifests, ...hidden].map((manifest) => [`${file.name}:${manifest.line}`, { text, manifest }] as const),
    ),
  );
}

/** Rules name an object's line and the field: here it becomes the line of the field. */
function placed(place: Place, objects: Objects): Place {
  const { file = '', line, field } = place;
  const object = field === undefined ? undefined : objects.get(`${file}:${line}`);
  if (object === undefined || field === undefined) return place;
  return { ...place, line: fieldLines(object.text, object.manifest)(field) };
}

/**
 * Judges gathered facts by the rules that would make a Cluster Version Operator refuse the payload, or a cluster break.
 * Pure: same facts, same findings, in the order of rules, files and lines.
 */
export function lintFacts(facts: LintFacts, rules: readonly LintRule[] = LINT_RULES): readonly LintFinding[] {
  const objects = objectsOf(facts);
  return rules.flatMap((rule) =>
    [...rule.check(facts)].map(({ severity, message, place = {} }) => ({
      rule: rule.id,
      severity,
      message,
      place: placed(place, objects),
    })),
  );
}
