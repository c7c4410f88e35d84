import { canonicalJson, type Place } from '../../../../util/index.ts';
import { PAYLOAD_FOLDER } from '../../../assemble/index.ts';
import {
  at,
  describeResource,
  FEATURE_GATE,
  FEATURE_SET,
  listAt,
  MAJOR_VERSION,
  type Manifest,
  runLevelOf,
  textAt,
} from '../../../manifest/index.ts';
import type { Payload } from '../../../types.ts';
import { CREATE_ONLY, DELETE, includedOf, isTombstone, nameOf } from '../../objects.ts';
import { fixedFields } from '../../schema/immutable.ts';
import type { LintFacts, LintRule } from '../../types.ts';
import { problem, warning } from '../problem.ts';

interface Pair {
  /** The release before. */
  readonly from: Payload;
  readonly old: Manifest;
  readonly now: Manifest | undefined;
}

/** Objects may have a variant for each feature set or major version. */
function variantOf({ annotations }: Manifest): string {
  return [FEATURE_SET, FEATURE_GATE, MAJOR_VERSION].map((key) => annotations?.[key] ?? '').join(' ');
}

/** Every object of the release before, with what it is in this one: the same variant, or else any. */
function pairs(facts: LintFacts): readonly Pair[] {
  if (facts.edge === undefined) return [];
  const { from } = facts.edge;
  // One that is no longer for any cluster is gone from all of them.
  const keyOf = (manifest: Manifest): string => `${describeResource(manifest)} ${variantOf(manifest)}`;
  const now = includedOf(facts).toReversed();
  // Of several the first one.
  const any = new Map(now.map((one) => [describeResource(one), one]));
  const same = new Map(now.map((one) => [keyOf(one), one]));
  return includedOf(facts.edge).map((old) => ({
    from,
    old,
    now: same.get(keyOf(old)) ?? any.get(describeResource(old)),
  }));
}

/** `4.21` of a version; `undefined` when it is none. */
function minorOf(version: string): string | undefined {
  return /^(\d+\.\d+)\./.exec(version)?.[1];
}

function storedVersions(crd: Manifest): readonly string[] {
  return listAt(crd.object, 'spec', 'versions')
    .filter((version) => at(version, 'storage') === true)
    .map((version) => textAt(version, 'name'));
}

/** The release before is named: this one has no such file, or another one of that name. */
function oldPlace(from: Payload, { file, line }: Manifest): Place {
  return { image: from.pullSpec, file: `${PAYLOAD_FOLDER}/${file}`, line };
}

/** What an update would do to a running cluster. */
export const CHANGES: readonly LintRule[] = [
  {
    id: 'D401',
    edge: true,
    title: 'an object that is no longer shipped is deleted',
    *check(facts) {
      for (const { from, old, now } of pairs(facts)) {
        if (now === undefined && !isTombstone(old))
          yield warning(
            `${nameOf(old)} is gone without ${DELETE}: it stays in every updated cluster for ever.`,
            oldPlace(from, old),
          );
      }
    },
  },
  {
    id: 'D402',
    edge: true,
    title: 'a deletion stays for a whole minor version',
    *check(facts) {
      const minor = minorOf(facts.payload.metadata.version);
      for (const { from, old, now } of pairs(facts)) {
        const { version } = from.metadata;
        if (now === undefined && isTombstone(old) && minorOf(version) === minor)
          yield warning(
            `${nameOf(old)} is no longer deleted, within ${minor}: clusters that skip ${version} keep it.`,
            oldPlace(from, old),
          );
      }
    },
  },
  {
    id: 'D403',
    edge: true,
    title: 'fields that cannot change do not',
    *check(facts) {
      for (const { old, now } of pairs(facts)) {
        if (now === undefined || isTombstone(now) || isTombstone(old)) continue;
        // Once it is there, the operator leaves it alone.
        if (now.annotations?.[CREATE_ONLY] === 'true') continue;
        for (const { field, kept, ...values } of fixedFields(old, now.object)) {
          if (canonicalJson(values.old) === canonicalJson(values.now)) continue;
          const { version } = facts.edge?.from.metadata ?? { version: '' };
          const what = kept
            ? `clusters that come from ${version} keep what they have`
            : `the update from ${version} stops here`;
          yield problem('error', now, `${field} of ${nameOf(now)} cannot change: ${what}.`, field);
        }
      }
    },
  },
  {
    id: 'D404',
    edge: true,
    title: 'a CRD keeps the version that objects are stored in',
    *check(facts) {
      for (const { old, now } of pairs(facts)) {
        if (now === undefined || now.kind !== 'CustomResourceDefinition' || isTombstone(now)) continue;
        const names = listAt(now.object, 'spec', 'versions').map((version) => textAt(version, 'name'));
        for (const version of storedVersions(old)) {
          if (!names.includes(version))
            yield problem(
              'warning',
              now,
              `${nameOf(now)} no longer has ${version}, in which objects are stored: the server refuses to drop it.`,
              'spec.versions',
            );
        }
      }
    },
  },
  {
    id: 'D405',
    edge: true,
    title: 'objects keep their run level',
    *check(facts) {
      for (const { old, now } of pairs(facts)) {
        const levels = [old, now].map((manifest) => runLevelOf(manifest?.file ?? '')?.level);
        if (now !== undefined && levels[0] !== undefined && levels[1] !== undefined && levels[0] !== levels[1])
          yield problem('warning', now, `${nameOf(now)} moved from run level ${levels[0]} to ${levels[1]}.`);
      }
    },
  },
];
