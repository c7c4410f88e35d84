import {
  at,
  CAPABILITIES,
  CAPABILITY,
  capabilitiesOf,
  describeResource,
  FEATURE_GATE,
  FEATURE_GATE_ONLY,
  FEATURE_SET,
  FEATURE_SETS,
  INCLUDE_PREFIX,
  isManifestFile,
  isObject,
  listAt,
  MAJOR_VERSION,
  type Manifest,
  majorVersionFault,
  PROFILES,
  textAt,
} from '../../../manifest/index.ts';
import {
  CREATE_ONLY,
  DELETE,
  everythingOf,
  inclusions,
  isHidden,
  isTombstone,
  manifestsOf,
  nameOf,
} from '../../objects.ts';
import { isOfCluster } from '../../schema/kinds.ts';
import type { LintRule } from '../../types.ts';
import { error, problem, warning } from '../problem.ts';
import { MOST_VARIANTS, overlapIn } from './overlap.ts';

const ANNOTATIONS = 'metadata.annotations';
const FILE_NAME = /^0000_\d+_[a-zA-Z0-9]+(?:-[a-zA-Z0-9]+)*_/;

/** Feature gates that the payload's FeatureGate manifests know. */
function knownGates(manifests: readonly Manifest[]): ReadonlySet<string> {
  return new Set(
    manifests
      .filter(({ kind }) => kind === 'FeatureGate')
      .flatMap(({ object }) => listAt(object, 'status', 'featureGates'))
      .flatMap((version) => [...listAt(version, 'enabled'), ...listAt(version, 'disabled')])
      .map((gate) => textAt(gate, 'name')),
  );
}

/** One value that is no text, and none of an object's annotations counts; where and how. */
function lostAnnotations(manifest: Manifest): { readonly field: string; readonly message: string } | undefined {
  const found = at(manifest.object, 'metadata', 'annotations') ?? null;
  if (found === null || manifest.annotations !== null) return undefined;
  if (!isObject(found))
    return { field: ANNOTATIONS, message: `${nameOf(manifest)} has annotations that are no map: it is never applied.` };
  const [key = '', value = null] = Object.entries(found).find(([, member]) => typeof member !== 'string') ?? [];
  const shown = typeof value === 'object' ? 'no text' : `${JSON.stringify(value)}, not "${String(value)}"`;
  return {
    field: key,
    message: `${nameOf(manifest)} has an annotation ${key} that is ${shown}: so none of its annotations counts, and it is never applied.`,
  };
}

/** As servers know it: the namespace of an object that is in none is ignored. */
function inCluster(manifest: Manifest): Manifest {
  return isOfCluster(manifest) ? { ...manifest, namespace: '' } : manifest;
}

/** Whether and when the Cluster Version Operator applies a manifest. */
export const MANIFESTS: readonly LintRule[] = [
  {
    id: 'M201',
    title: 'every manifest parses and names its objects',
    *check({ files }) {
      for (const { file, error: refusal, manifests, hidden } of files) {
        if (!isManifestFile(file.name)) {
          yield warning(`${file.name} is no manifest; nothing reads it.`, { file: file.name });
        } else if (refusal !== undefined && refusal.code !== 'PAYLOAD_MANIFEST_DUPLICATE') {
          yield error(`The file is refused: ${refusal.message}`, { ...refusal.place, file: file.name });
        } else if (refusal === undefined && manifests.length === 0 && hidden.length === 0) {
          yield warning('The file has no objects.', { file: file.name });
        }
        for (const manifest of manifests) {
          if (textAt(manifest.object, 'apiVersion') === '')
            yield problem('error', manifest, `${nameOf(manifest)} has no apiVersion.`);
        }
      }
    },
  },
  {
    id: 'M202',
    title: 'no object is applied twice',
    *check(facts) {
      for (const { file, error: refusal } of facts.files) {
        if (refusal?.code === 'PAYLOAD_MANIFEST_DUPLICATE')
          yield error(`The file is refused: ${refusal.message}`, { ...refusal.place, file: file.name });
      }
      const overlaps = overlapIn(everythingOf(facts), facts.payload.metadata.version);
      const first = new Map<string, Manifest[]>();
      for (const manifest of manifestsOf(facts)) {
        const key = describeResource(inCluster(manifest));
        const others = first.get(key) ?? [];
        first.set(key, others);
        if (others.length === MOST_VARIANTS) {
          yield problem(
            'error',
            manifest,
            `${nameOf(manifest)} stands in more than ${MOST_VARIANTS} files; no more are compared.`,
          );
        }
        others.push(manifest);
        if (others.length > MOST_VARIANTS) continue;
        const other = others.find((candidate) => candidate !== manifest && overlaps(candidate, manifest));
        if (other !== undefined) {
          yield problem(
            'error',
            manifest,
            `${nameOf(manifest)} also stands in ${other.file}:${other.line}, for the same clusters: they would overwrite each other for ever.`,
          );
        }
      }
    },
  },
  {
    id: 'M203',
    title: 'every manifest is included in a cluster profile',
    *check(facts) {
      for (const manifest of manifestsOf(facts)) {
        const included = inclusions(manifest);
        // An error by payload format § 4.4; but real releases have such manifests, and run: storage's and insights' operators'.
        const lost = lostAnnotations(manifest);
        if (lost !== undefined) yield problem('error', manifest, lost.message, lost.field);
        else if (included.length === 0)
          yield problem(
            'warning',
            manifest,
            `${nameOf(manifest)} has no annotation ${INCLUDE_PREFIX}*: it is never applied.`,
          );
        for (const [profile, value] of included) {
          if (!(PROFILES as readonly string[]).includes(profile))
            yield problem('warning', manifest, `The cluster profile "${profile}" is not known.`);
          const special = manifest.kind === 'FeatureGate' && value === FEATURE_GATE_ONLY;
          if (value !== 'true' && !special)
            yield problem('error', manifest, `${INCLUDE_PREFIX}${profile} must be "true", not "${value}".`);
        }
      }
    },
  },
  {
    id: 'M204',
    title: 'feature sets, gates and major versions exist',
    *check(facts) {
      const manifests = manifestsOf(facts);
      const everything = everythingOf(facts);
      const gates = knownGates(everything);
      const inOkd = new Set(
        everything
          .filter(({ annotations }) => (annotations?.[FEATURE_SET] ?? 'OKD').split(',').includes('OKD'))
          .map(describeResource),
      );
      for (const manifest of manifests) {
        const sets = manifest.annotations?.[FEATURE_SET];
        const wanted = manifest.annotations?.[FEATURE_GATE];
        if (sets !== undefined && wanted !== undefined)
          yield problem(
            'error',
            manifest,
            `${nameOf(manifest)} has a feature set and a feature gate; only one is allowed.`,
          );
        const names = sets?.split(',') ?? [];
        for (const name of names) {
          if ((FEATURE_SETS as readonly string[]).includes(name)) continue;
          const trimmed = name.trim();
          const hint =
            trimmed !== name && (FEATURE_SETS as readonly string[]).includes(trimmed)
              ? ' (the list must have no blanks)'
              : '';
          yield problem(
            'error',
            manifest,
            `The feature set "${name}" is not known${hint}: the manifest is never applied.`,
            FEATURE_SET,
          );
        }
        const fault = majorVersionFault(manifest);
        if (fault !== undefined)
          yield problem('error', manifest, `${nameOf(manifest)} is never applied: ${fault}.`, MAJOR_VERSION);
        // Most of the real ones have a variant for OKD beside that of the default.
        if (names.includes('Default') && !inOkd.has(describeResource(manifest)) && !isTombstone(manifest))
          yield problem(
            'info',
            manifest,
            `${nameOf(manifest)} is missing on clusters with the feature set OKD.`,
            FEATURE_SET,
          );
        for (const gate of wanted?.split(',') ?? []) {
          const name = gate.trim().replace(/^-/, '');
          if (gates.size > 0 && !gates.has(name))
            yield problem(
              'warning',
              manifest,
              `The feature gate "${name}" is in no FeatureGate manifest.`,
              FEATURE_GATE,
            );
        }
      }
    },
  },
  {
    id: 'M205',
    title: 'capabilities are known',
    *check(facts) {
      const before = new Map(
        facts.edge?.files.flatMap((file) => file.manifests).map((old) => [describeResource(old), old]),
      );
      for (const manifest of manifestsOf(facts)) {
        const old = before.get(describeResource(manifest));
        const had = capabilitiesOf(old?.annotations ?? null);
        for (const name of capabilitiesOf(manifest.annotations)) {
          if (old !== undefined && !had.includes(name))
            yield problem(
              'info',
              manifest,
              `${nameOf(manifest)} is new in the capability "${name}": an update enables it on every cluster.`,
              CAPABILITY,
            );
          if (!(CAPABILITIES as readonly string[]).includes(name))
            yield problem(
              'error',
              manifest,
              `The capability "${name}" is not known: the payload cannot be loaded.`,
              CAPABILITY,
            );
        }
      }
    },
  },
  {
    id: 'M206',
    title: 'delete and create-only are "true" where they stand',
    *check(facts) {
      for (const manifest of manifestsOf(facts)) {
        for (const key of [DELETE, CREATE_ONLY]) {
          const value = manifest.annotations?.[key];
          if (value !== undefined && value !== 'true')
            yield problem('error', manifest, `${key} must be "true", not "${value}".`, key);
        }
        if (manifest.annotations?.[DELETE] === 'true' && inclusions(manifest).length === 0)
          yield problem(
            'warning',
            manifest,
            `${nameOf(manifest)} is to be deleted, but no cluster profile includes it.`,
            DELETE,
          );
      }
    },
  },
  {
    id: 'M207',
    title: 'file names give run level and component',
    *check({ files }) {
      const names = new Set(files.filter((file) => !isHidden(file)).map(({ file }) => file.name));
      for (const name of names) {
        const place = { file: name };
        if (!FILE_NAME.test(name))
          yield error(`${name} is not named 0000_NN_COMPONENT_…: it stops everything else while it is applied.`, place);
        const numbered = /^(.*)_\d+(\.[a-z]+)$/.exec(name);
        if (numbered !== null && names.has(`${numbered[1]}${numbered[2]}`)) {
          yield warning(
            `${name} looks like a second ${numbered[1]}${numbered[2]}: two operators ship a file of that name.`,
            place,
          );
        }
      }
    },
  },
];
