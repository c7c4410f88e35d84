import { DEFAULT_BASE_TAG, isOperator, nameInPayload } from '../../../assemble/index.ts';
import { at, isObject, listAt, type Manifest, textAt } from '../../../manifest/index.ts';
import type { ComponentImage } from '../../../types.ts';
import { appliedOf, includedOf, isHidden, isTombstone, nameOf } from '../../objects.ts';
import { typeProblems } from '../../schema/check.ts';
import { unknownKind } from '../../schema/kinds.ts';
import { type NameProblem, nameProblems } from '../../schema/names.ts';
import { isRemoved } from '../../schema/removed-apis.ts';
import { PRIVATE_KEY, privateKeysIn } from '../../texts/private-keys.ts';
import type { LintRule, ReadFile, Severity } from '../../types.ts';
import { error, problem, warning } from '../problem.ts';

/** Wrong fields of one object that are listed. */
const MOST_TYPES = 10;
/** etcd refuses requests above 1.5 MiB; the object grows by managed fields. */
const LARGEST_OBJECT = 1 << 20;

/** Fields of one object, the first of them by name. */
function* listedFields(severity: Severity, manifest: Manifest, fields: readonly NameProblem[], then: string) {
  for (const { field, message } of fields.slice(0, MOST_TYPES))
    yield problem(severity, manifest, `${nameOf(manifest)}: ${field} ${message}; ${then}.`, field);
  if (fields.length > MOST_TYPES)
    yield problem(severity, manifest, `${nameOf(manifest)}: ${fields.length - MOST_TYPES} more fields are wrong.`);
}

/** Operators that run something, and have no object by which a cluster would see how they are. */
function* withoutClusterOperator(files: readonly ReadFile[], components: readonly ComponentImage[]) {
  const read = new Map(files.map(({ file, manifests }) => [file.name, manifests.filter((one) => !isTombstone(one))]));
  for (const { name, pullSpec, labels, manifests = [] } of components) {
    if (!isOperator(labels) || name === DEFAULT_BASE_TAG) continue;
    const own = manifests.flatMap((file) => read.get(nameInPayload(name, file.name)) ?? []);
    const has = (group: string, kind: string): boolean => own.some((one) => one.group === group && one.kind === kind);
    if (has('apps', 'Deployment') && !has('config.openshift.io', 'ClusterOperator'))
      yield warning(
        `The operator "${name}" has a Deployment, but no ClusterOperator: an update does not wait for it.`,
        { image: pullSpec },
      );
  }
}

/** What single objects must be like. */
export const OBJECTS: readonly LintRule[] = [
  {
    id: 'M209',
    title: 'objects of the built-in kinds have the fields, types and names of their API',
    *check(facts) {
      for (const manifest of includedOf(facts)) {
        // The operator decodes what it deletes as well, and stops at a wrong type; but nothing of it is applied.
        const gone = isTombstone(manifest);
        const named = nameProblems(manifest);
        const typed = typeProblems(manifest).filter(
          ({ missing, unknown }) => !(gone && (missing === true || unknown === true)),
        );
        const wrong = [...named, ...typed.filter(({ unknown }) => unknown !== true)];
        const lost = typed.filter(({ unknown }) => unknown === true);
        yield* listedFields('error', manifest, wrong, 'no cluster can apply it');
        yield* listedFields('warning', manifest, lost, 'servers drop it');
      }
    },
  },
  {
    id: 'M210',
    title: 'jobs can be applied, and APIs exist',
    *check(facts) {
      for (const manifest of includedOf(facts)) {
        if (manifest.group === 'batch' && manifest.kind === 'Job' && !isTombstone(manifest)) {
          if (
            at(manifest.object, 'spec', 'selector') !== undefined ||
            at(manifest.object, 'spec', 'manualSelector') === true
          )
            yield problem(
              'error',
              manifest,
              `${nameOf(manifest)} sets its selector; the Cluster Version Operator refuses such a Job.`,
              'spec.selector',
            );
          yield problem('warning', manifest, `${nameOf(manifest)} holds up everything else while it runs.`);
        }
        const { group, version, kind } = manifest;
        if (isRemoved(group, version, kind))
          yield problem('error', manifest, `Kubernetes no longer serves ${kind} of ${group}/${version}.`, 'apiVersion');
        const unknown = unknownKind(manifest);
        if (unknown !== undefined)
          yield problem(unknown.passing ? 'warning' : 'error', manifest, unknown.message, 'kind');
      }
    },
  },
  {
    id: 'M215',
    title: 'a ClusterOperator says which versions it waits for',
    *check({ files, payload, components }) {
      const { version } = payload.metadata;
      yield* withoutClusterOperator(files, components);
      for (const manifest of appliedOf({ files })) {
        if (manifest.group !== 'config.openshift.io' || manifest.kind !== 'ClusterOperator') continue;
        const versions = listAt(manifest.object, 'status', 'versions');
        if (versions.length === 0) {
          yield problem(
            'error',
            manifest,
            `${nameOf(manifest)} has no status.versions: the update never completes.`,
            'status.versions',
          );
        } else if (
          !versions.some((entry) => textAt(entry, 'name') === 'operator' && textAt(entry, 'version') === version)
        ) {
          yield problem(
            'warning',
            manifest,
            `${nameOf(manifest)} does not wait for its operator to report version ${version}.`,
            'status.versions',
          );
        }
        if (listAt(manifest.object, 'status', 'relatedObjects').length === 0)
          yield problem(
            'warning',
            manifest,
            `${nameOf(manifest)} has no status.relatedObjects: must-gather collects nothing of it until its operator reports them.`,
            'status.relatedObjects',
          );
      }
    },
  },
  {
    id: 'M216',
    title: 'no secrets, and objects that etcd takes',
    *check({ files }) {
      for (const { file, text, manifests, hidden } of files) {
        const found = manifests.flatMap((manifest) =>
          privateKeysIn(manifest).map((field) =>
            problem('error', manifest, `${nameOf(manifest)} holds a private key.`, field),
          ),
        );
        yield* found;
        // Everybody reads the file: what is in comments, or in a file that no cluster can read, is no secret either.
        const index = found.length === 0 && hidden.length === 0 ? text.search(PRIVATE_KEY) : -1;
        if (index !== -1) {
          const line = text.slice(0, index).split('\n').length;
          yield error('The file holds a private key.', { file: file.name, line });
        }
        for (const manifest of manifests) {
          if (manifest.group === '' && manifest.kind === 'Secret' && hasData(manifest))
            yield problem('warning', manifest, `${nameOf(manifest)} has data that everybody can read in the payload.`);
          const size = Buffer.byteLength(JSON.stringify(manifest.object));
          if (size > LARGEST_OBJECT)
            yield problem('error', manifest, `${nameOf(manifest)} has ${size} bytes; etcd refuses it.`);
        }
      }
    },
  },
  {
    id: 'M217',
    title: 'no bundle of the Operator Lifecycle Manager',
    *check({ files }) {
      for (const read of files) {
        const { file, manifests } = read;
        const owner = /^0000_\d+_([a-zA-Z0-9-]+)_/.exec(file.name)?.[1] ?? '';
        if (/olm|lifecycle-manager|marketplace/.test(owner)) continue;
        for (const manifest of manifests) {
          if (manifest.group === 'operators.coreos.com' && manifest.kind === 'ClusterServiceVersion')
            yield problem('error', manifest, `${nameOf(manifest)} belongs to a catalog, not to a release.`);
        }
        if (/_annotations\.ya?ml$/.test(file.name) && !isHidden(read)) {
          yield error(`${file.name} is metadata of an operator bundle, not a manifest.`, { file: file.name });
        }
      }
    },
  },
  {
    id: 'M218',
    title: 'inject-proxy names containers that exist',
    *check(facts) {
      for (const manifest of appliedOf(facts)) {
        const names = (manifest.annotations?.['config.openshift.io/inject-proxy'] ?? '')
          .split(',')
          .filter((name) => name !== '');
        const pod = at(manifest.object, 'spec', 'template', 'spec');
        if (names.length === 0 || !isObject(pod)) continue;
        const containers = [...listAt(pod, 'containers'), ...listAt(pod, 'initContainers')].map((container) =>
          textAt(container, 'name'),
        );
        for (const name of names) {
          if (!containers.includes(name))
            yield problem(
              'warning',
              manifest,
              `${nameOf(manifest)} has no container "${name}" to inject the proxy into.`,
              'config.openshift.io/inject-proxy',
            );
        }
      }
    },
  },
];

function hasData(manifest: Manifest): boolean {
  return ['data', 'stringData'].some((field) => {
    const data = at(manifest.object, field);
    // Etcd's operator ships one of empty values, so that the object is there.
    return isObject(data) && Object.values(data).some((value) => value !== '' && value !== null);
  });
}
